// `colora verdict`: did training together help this member? Read from the workspace, where join left it; with --ask the
// coordinator is asked first for what the members together say by now.
import type { GuardReport } from '@colora/client/told';
import { Command } from 'commander';
import { config } from '../../config.ts';
import { withGroupFlags } from '../../flags/member/place-flags.ts';
import { print, printJson, say } from '../../terminal/output.ts';

interface VerdictFlags {
  readonly group: string;
  readonly workspace: string;
  readonly ask?: boolean;
  readonly insecure?: boolean;
  readonly json?: boolean;
}

export function verdictCommand(): Command {
  return withGroupFlags(new Command('verdict'))
    .description(
      'Did training together help you? What your own examples say, as join left it in the workspace',
    )
    .option(
      '--ask',
      'first ask the coordinator what the group’s members together found by now; predictions use it from then on',
    )
    .option('--insecure', 'with --ask: also over http:// to another machine (or COLORA_INSECURE)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ colora verdict --group reviews')
    .action(verdict);
}

async function verdict(flags: VerdictFlags): Promise<void> {
  const { group, json } = flags;
  const { verdictText, verdictJson } = await import('../../verdict-text.ts');
  const report = await readReport(flags);
  if (json) {
    const { found, version, why } = verdictJson(report);
    return printJson({ group, checkpoint: version, ...(found ?? { verdict: null }), why });
  }
  print(`${group}: ${verdictText(report)}`);
}

async function readReport({ ask, insecure, workspace, group }: VerdictFlags): Promise<GuardReport> {
  if (!ask) return await (await import('@colora/client/told')).readVerdict(workspace, group);
  const { hearVerdict } = await import('@colora/client/heard-verdict');
  return await hearVerdict(workspace, group, {
    line: config.line,
    insecure: insecure === true || config.insecure,
    log: (_, text) => say(text),
  });
}

// `colora verdict`: did training together help this member? Read from the workspace, where join left it; nobody is asked.
import { Command } from 'commander';
import { readName } from '../flags/option-values.ts';
import { print, printJson } from '../terminal/output.ts';

interface VerdictFlags {
  readonly group: string;
  readonly workspace: string;
  readonly json?: boolean;
}

export function verdictCommand(): Command {
  return new Command('verdict')
    .description(
      'Did training together help you? What your own examples say; computed and kept on this machine',
    )
    .requiredOption('--group <name>', 'the group', readName)
    .option('--workspace <folder>', 'folder of the workspace', '.colora-workspace')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ colora verdict --group reviews')
    .action(verdict);
}

async function verdict({ group, workspace, json }: VerdictFlags): Promise<void> {
  const { readVerdict } = await import('@colora/client/trained');
  const report = await readVerdict(workspace, group);
  if (json)
    return printJson({
      group,
      checkpoint: report.version,
      ...(report.found ?? { verdict: null }),
      why: report.why,
    });
  const { verdictText } = await import('../verdict-text.ts');
  print(`${group}: ${verdictText(report)}`);
}

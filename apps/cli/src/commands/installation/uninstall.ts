// `colora uninstall`: leaves the groups and takes colora off this machine; says what goes before it asks, and what stays, and where.
import { Command } from 'commander';
import { config } from '../../config.ts';
import { askingLine, askingYes } from '../../consent/ask-yes.ts';
import { exitCodes } from '../../exit-codes.ts';
import { print, say } from '../../terminal/output.ts';
import { stoppable } from '../../terminal/stop-signals.ts';
import { UsageError } from '../../usage-error.ts';

interface UninstallFlags {
  readonly everything?: boolean;
  readonly keepModels?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly insecure?: boolean;
}

export function uninstallCommand(): Command {
  return new Command('uninstall')
    .description(
      'Leave your groups and remove colora, its services and what it keeps for you; workspaces stay unless you say so',
    )
    .option(
      '--everything',
      'workspaces too, with their keys and personal tensors, and the key that vouches for members',
    )
    .option('--keep-models', 'keep the base models that were converted')
    .option('--dry-run', 'say what would go and what would stay, and do nothing')
    .option('--yes', 'do it without asking')
    .option('--insecure', 'leave over http:// on another machine too (or COLORA_INSECURE)')
    .addHelpText('after', '\nExample:\n  $ colora uninstall --dry-run')
    .action(run);
}

async function run(flags: UninstallFlags): Promise<void> {
  const { findTraces } = await import('../../installation/traces.ts');
  const { whatGoes, whatStays } = await import('../../installation/uninstall-text.ts');
  const wishes = { everything: flags.everything === true, keepModels: flags.keepModels === true };
  const traces = await findTraces();
  const goes = whatGoes(traces, wishes, config.configFolder);
  const kept = wishes.everything ? [] : traces.workspaces;
  const plan = [
    'This goes:',
    ...goes.map(indented),
    'This stays:',
    ...whatStays(traces, wishes, kept).map(indented),
  ];
  if (flags.dryRun) return print(plan.join('\n'));
  const { uninstall } = await import('../../installation/uninstall.ts');
  await stoppable(async ({ signal }) => {
    const ask = askingYes(askingLine({ note: say, signal }));
    const agreed = flags.yes || (await ask(plan, 'Do it?'));
    if (agreed === null) throw new UsageError('nobody can be asked here: pass --yes');
    if (!agreed) throw new UsageError('nothing was removed');
  });
  const asking = {
    line: config.line,
    insecure: flags.insecure === true || config.insecure,
    log: (_: string, text: string) => say(text),
  };
  const { undone, kept: left } = await uninstall(traces, wishes, asking, print);
  print('Left on this machine:');
  for (const line of whatStays(traces, wishes, left)) print(indented(line));
  if (undone.length === 0) return;
  say('Not done:');
  for (const line of undone) say(indented(line));
  process.exitCode = exitCodes.failed.status;
}

const indented = (line: string) => `  ${line}`;

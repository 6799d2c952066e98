// `colora service run`: what the system starts. The daemon of `colora join`, with the flags that it was installed with, whose words go
// into the service's log.
import { Command, CommanderError } from 'commander';
import { exitCodes } from '../../exit-codes.ts';
import { explainError } from '../../explain-error.ts';
import { sendElsewhere } from '../../terminal/door.ts';
import { say } from '../../terminal/output.ts';
import { UsageError } from '../../usage-error.ts';
import { joinCommand } from '../join/join.ts';

export function runCommand(): Command {
  return new Command('run')
    .description('Be the daemon of an installed service: for the system, which starts it')
    .argument('<folder>', 'the service’s folder')
    .addHelpText('after', '\nExample:\n  $ colora service run ~/.config/colora/services/reviews')
    .action(run);
}

async function run(folder: string): Promise<void> {
  const { dropEnding, keepEnding, readService } = await import('../../service/installed-services.ts');
  const { openServiceLog } = await import('../../service/service-log.ts');
  const { retriedStatuses } = await import('../../service/retried.ts');
  const { thisSystem } = await import('../../service/this-system.ts');
  const service = await readService(folder);
  if (service === null) throw new UsageError(`${folder} holds no service: colora service install makes one`);
  sendElsewhere(openServiceLog(folder));
  await dropEnding(folder);
  const { status, message } = await ended(service);
  await keepEnding(folder, { at: new Date().toISOString(), status, message: message.slice(0, 4096) });
  process.exitCode = thisSystem().knowsStatuses || retriedStatuses.includes(status) ? status : 0;
}

/** What becomes of `join` with these words, said as `colora join` says it. */
async function ended(service: { readonly args: readonly string[]; readonly folder: string }) {
  try {
    process.chdir(service.folder);
    const command = joinCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    await command.parseAsync(service.args, { from: 'user' });
    return { status: Number(process.exitCode ?? 0), message: '' };
  } catch (error) {
    const { status, message } =
      error instanceof CommanderError
        ? { status: exitCodes.usage.status, message: error.message } // installed by another version
        : explainError(error);
    say(`colora: ${message}`);
    return { status, message };
  }
}

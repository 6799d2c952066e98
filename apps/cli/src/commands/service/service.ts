// `colora service`: the daemon of `colora join` kept running by the system, for this user alone. What is told to which system is
// service/systems/.
import { Command } from 'commander';
import { installCommand } from './install.ts';
import { logsCommand } from './logs.ts';
import { removeCommand } from './remove.ts';
import { runCommand } from './run.ts';
import { statusCommand } from './status.ts';

export function serviceCommand(): Command {
  return new Command('service')
    .description('Keep the daemon of colora join running, from one login to the next, without a terminal')
    .addCommand(installCommand())
    .addCommand(statusCommand())
    .addCommand(logsCommand())
    .addCommand(removeCommand())
    .addCommand(runCommand())
    .addHelpText(
      'after',
      '\nExample:\n  $ colora service install http://127.0.0.1:7070 --group reviews --data mine.jsonl',
    );
}

// --limit and --offset, shared by the commands that list.
import type { Command } from 'commander';
import { readInteger } from './option-values.ts';

export function withPageFlags(command: Command): Command {
  return command
    .option('--limit <n>', 'at most so many', readInteger(1, 1000), 100)
    .option('--offset <n>', 'skip so many', readInteger(0), 0);
}

// --limit and --cursor, shared by the commands that list, and the word of where the next page begins.
import type { Command } from 'commander';
import { say } from '../terminal/output.ts';
import { readInteger } from './option-values.ts';

export interface PageFlags {
  readonly limit: number;
  readonly cursor?: string;
}

export function withPageFlags(command: Command): Command {
  return command
    .option('--limit <n>', 'at most so many', readInteger(1, 1000), 100)
    .option('--cursor <text>', 'go on where a page said that the next begins');
}

/** Says how to see more, where there is more. */
export function sayNext({ next }: { readonly next: string | null }): void {
  if (next !== null) say(`More follow: --cursor ${next}`);
}

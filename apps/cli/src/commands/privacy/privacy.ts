// `colora privacy …`: what others can read of a member.
import { Command } from 'commander';
import { checkCommand } from './check.ts';

export function privacyCommand(): Command {
  return new Command('privacy')
    .description('What others can read of you')
    .addHelpText('after', '\nExample:\n  $ colora privacy check --group reviews --data mine.jsonl')
    .addCommand(checkCommand());
}

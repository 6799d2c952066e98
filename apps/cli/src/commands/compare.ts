// `colora compare <folder>`: every method on a user's own data. Its options and help; the work is
// under compare/.
import { Command } from 'commander';
import { baseModelForms, shippedModel } from '../base-model/base-model-name.ts';
import { methodNames } from '../experiment/method-names.ts';
import { basePrecisionOption, engineOption } from '../flags/engine-flags.ts';
import { readInteger, readListOf } from '../flags/option-values.ts';
import { readTargets } from '../flags/read-targets.ts';

export function compareCommand(): Command {
  return new Command('compare')
    .argument('<folder>', '<folder>/<group>/<user>.jsonl to train on, <folder>/<group>/test.jsonl held out')
    .summary('compare the methods on your own data')
    .description(
      'Trains every method on the people of a folder with the same budget, through a real coordinator and real\n' +
        'clients in this process, and prints held-out figures by person, means and paired differences.\n' +
        'Lines with "text" and "label" are classified; lines with "prompt" and "completion", or "messages", train\n' +
        'a language model (--base-model), judged by exact matches and by the loss a token.',
    )
    .option('--json <file>', 'also write the figures to a JSON file')
    .option('--seeds <number>', 'train so many times with other starts and batches', readInteger(1, 100), 1)
    .option('--first-seed <number>', 'the first of them', readInteger(0), 0)
    .option(
      '--methods <names>',
      `some of ${methodNames.join(',')} (default: all that fit the data)`,
      readListOf(methodNames),
    )
    .option(
      '--rounds <number>',
      'rounds of every method (default: by the amount of data)',
      readInteger(1, 1000),
    )
    .option(
      '--max-tokens <number>',
      'longer texts are truncated (default: by the texts)',
      readInteger(4, 8192),
    )
    .option('--targets <list>', 'adapted modules, as in groups create (default: by the model)', readTargets)
    .option('--base-model <model>', baseModelForms, shippedModel)
    .addOption(engineOption())
    .addOption(basePrecisionOption())
    .option('--keep <folder>', 'keep workspaces and database in this new folder, to try what was trained')
    .addHelpText('after', '\nExample:\n  $ colora compare my-team --json figures.json')
    .action(async (folder, options) => (await import('../compare/compare.ts')).compare(folder, options));
}

// `colora compare <folder>`: every method on a user's own data. Its options and help; the work is
// under compare/.
import { Command } from 'commander';
import { shippedModel } from './base-model-folder.ts';
import { methodNames } from './experiment/method-names.ts';
import { readInteger, readListOf, readOneOf } from './option-values.ts';

export function compareCommand(): Command {
  return new Command('compare')
    .argument('<folder>', '<folder>/<group>/<user>.jsonl to train on, <folder>/<group>/test.jsonl held out')
    .summary('compare the methods on your own data')
    .description(
      'Trains every method on the people of a folder with the same budget, through a real coordinator and real\n' +
        'clients in this process, and prints held-out accuracy by person, means and paired differences.',
    )
    .option('--json <file>', 'also write the figures to a JSON file')
    .option('--seeds <number>', 'train so many times with other starts and batches', readInteger(1, 100), 1)
    .option('--methods <names>', `some of ${methodNames.join(',')}`, readListOf(methodNames), [
      ...methodNames,
    ])
    .option(
      '--rounds <number>',
      'rounds of every method (default: by the amount of data)',
      readInteger(1, 1000),
    )
    .option(
      '--max-tokens <number>',
      'longer texts are truncated (default: by the texts)',
      readInteger(4, 128),
    )
    .option('--base-model <model>', `${shippedModel}, or the folder of a model`, shippedModel)
    .option('--engine <engine>', 'auto, onnx or tfjs', readOneOf(['auto', 'onnx', 'tfjs'] as const), 'auto')
    .addHelpText('after', '\nExample:\n  $ colora compare my-team --json figures.json')
    .action(async (folder, options) => (await import('./compare/compare.ts')).compare(folder, options));
}

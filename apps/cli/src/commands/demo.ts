// `colora demo`: what `npm start` runs. Its options and help; the work is under demo/.
import { Command } from 'commander';
import { scenarioNames } from '../demo/scenario-names.ts';
import { readInteger, readListOf } from '../flags/option-values.ts';

export function demoCommand(): Command {
  return new Command('demo')
    .summary('see people with little data train better together than alone')
    .description(
      'Starts a coordinator on an embedded Postgres and twelve client daemons a scenario, each a process with\n' +
        'its own data and workspace, trains on a small pretrained transformer, and prints held-out accuracy.',
    )
    .option('--json <file>', 'also write the figures to a JSON file')
    .option('--seeds <number>', 'draw people and data so many times', readInteger(1, 100), 1)
    .option('--folder <folder>', 'where database, people and adapters go (emptied first)', 'colora-demo')
    .option('--scenarios <names>', `some of ${scenarioNames.join(',')}`, readListOf(scenarioNames), [
      ...scenarioNames,
    ])
    .option('--private', 'what secure aggregation and a privacy budget do to it, instead of the scenarios')
    .addHelpText('after', '\nExample:\n  $ colora demo --seeds 2 --json figures.json')
    .action(async (options) => (await import('../demo/demo.ts')).demo(options));
}

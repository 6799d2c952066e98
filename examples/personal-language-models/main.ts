// Eight people fine-tune one language model on answers that half of them mean the other way round: writes their data
// files, runs `colora compare` on each draw, and prints the figures of all draws together.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Figures } from '@colora/cli/experiment/figures';
import { exactMatchUnit, figuresTable, lossUnit } from '@colora/cli/experiment/table';
import { differencesBySeed, mergeSeeds } from './merge-seeds.ts';
import { drawGroups } from './people.ts';
import { readSentences } from './sentences.ts';
import { writeFolder } from './write-folder.ts';

const usage = `usage: npm run example:personal-language-models -- --base-model MODEL [options] [-- flags of colora compare]
  --base-model MODEL  as in colora compare: a folder, say, or a GGUF file of SmolLM2-135M-Instruct
  --folder FOLDER     where everything goes (default: personal-language-models)
  --draws N           draws of data and starts (default 3)
  --first-draw N      the first of them (default 0)
  --examples N        training examples a person (default 24)
  --held-out N        held-out examples, the same for everybody (default 100)
  --data-only         write the first draw's data files and stop`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'base-model': { type: 'string' },
    folder: { type: 'string', default: 'personal-language-models' },
    draws: { type: 'string', default: '3' },
    'first-draw': { type: 'string', default: '0' },
    examples: { type: 'string', default: '24' },
    'held-out': { type: 'string', default: '100' },
    'data-only': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});
const folder = resolve(values.folder);

async function main(): Promise<void> {
  if (values.help || (values['base-model'] === undefined && !values['data-only'])) {
    console.log(usage);
    return;
  }
  const first = Number(values['first-draw']);
  const draws = Array.from({ length: values['data-only'] ? 1 : Number(values.draws) }, (_, i) => first + i);
  const sentences = await readSentences();
  for (const seed of draws) {
    const draw = { seed, examples: Number(values.examples), heldOut: Number(values['held-out']) };
    await writeFolder(dataOf(seed), drawGroups(sentences, draw));
  }
  if (values['data-only']) {
    console.log(`the people's files: ${relative('.', dataOf(first))}`);
    return;
  }
  const runs: Figures[] = [];
  for (const seed of draws) runs.push(await compare(seed, seed === first));
  report(runs);
  await writeFile(join(folder, 'figures.json'), `${JSON.stringify(mergeSeeds(runs), null, 2)}\n`);
}

const dataOf = (seed: number) => join(folder, `draw${seed}`, 'people');

/** `colora compare` as a user would run it; the first draw's workspaces are kept to be tried. */
async function compare(seed: number, keep: boolean): Promise<Figures> {
  const json = join(folder, `draw${seed}`, 'figures.json');
  const colora = fileURLToPath(new URL('../../apps/cli/bin/colora.js', import.meta.url));
  const flags = ['--base-model', values['base-model']!, '--first-seed', String(seed), '--json', json];
  const kept = keep ? ['--keep', join(folder, `draw${seed}`, 'kept')] : [];
  const args = [colora, 'compare', dataOf(seed), ...flags, ...kept, ...positionals];
  const [status] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit');
  if (status !== 0) throw new Error(`colora compare ended with exit status ${status}`);
  return JSON.parse(await readFile(json, 'utf8')) as Figures;
}

function report(runs: readonly Figures[]): void {
  const figures = mergeSeeds(runs);
  console.log(`\n${runs.length} draws together`);
  for (const row of figuresTable(figures, exactMatchUnit)) console.log(row);
  console.log();
  for (const row of figuresTable(figures.losses!, lossUnit)) console.log(row);
  console.log();
  for (const row of differencesBySeed(runs)) console.log(row);
}

await main();

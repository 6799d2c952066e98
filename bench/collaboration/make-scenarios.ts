// `npm run bench:scenarios`: writes folders of people for `colora compare`, a scenario and a draw each:
// <out>/<scenario>/draw<seed>/<group>/<person>.jsonl. Reviews come with the installation; intents are those of --data. Those of a
// language model are made when they are named.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readSentences } from '@colora/cli/demo/sentences';
import { seededRandom } from '@colora/tensors/random';
import { type Intents, readLabelled, splitIntents } from './intents.ts';
import { writePeople } from './people-folder.ts';
import type { ScenarioRow } from './scenario.ts';
import { labelScenarios, scenarios } from './scenarios.ts';

const usage = `usage: npm run bench:scenarios -- --out FOLDER [options]
  --out FOLDER        where they go; a draw that is there already is refused
  --data FILE         texts with labels (fields or columns text and label; may be repeated): intents
  --scenarios NAMES   some of ${Object.keys(scenarios).join(',')} (default: all of labels that the data allow)
  --draws N           how many (default 1)
  --first-draw N      the seed of the first (default 0)`;

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    data: { type: 'string', multiple: true, default: [] },
    scenarios: { type: 'string' },
    draws: { type: 'string', default: '1' },
    'first-draw': { type: 'string', default: '0' },
    help: { type: 'boolean', short: 'h' },
  },
});

async function main(out: string): Promise<void> {
  const asked = values.scenarios?.split(',') ?? Object.keys(labelScenarios);
  const unknown = asked.find((name) => scenarios[name] === undefined);
  if (unknown !== undefined) throw new Error(`--scenarios: there is no ${unknown}\n${usage}`);
  const sentences = await readSentences();
  const labelled = await readLabelled(values.data);
  const first = Number(values['first-draw']);
  for (let seed = first; seed < first + Number(values.draws); seed += 1) {
    const intents = splitIntents(labelled, seededRandom(`intents ${seed}`));
    for (const name of asked) {
      const row = scenarios[name]!;
      const missing = lacks(row, intents);
      if (missing !== null) {
        console.log(`${name}: left out, ${missing}`);
        continue;
      }
      const folder = join(out, name, `draw${seed}`);
      if (existsSync(folder)) throw new Error(`${folder} is there already; remove it, or name another --out`);
      const people = row.draw({ sentences, intents, seed, random: seededRandom(`${name} ${seed}`) });
      await writePeople(folder, people);
      console.log(`${folder}: ${people.length} people; ${row.about}`);
    }
  }
}

function lacks({ intents: needed }: ScenarioRow, intents: Intents): string | null {
  if (intents.length >= needed) return null;
  return values.data.length === 0
    ? `it is made of intents: name a file of texts and labels with --data`
    : `it wants ${needed} labels of at least 15 texts, and --data has ${intents.length}`;
}

if (values.help || values.out === undefined) console.log(usage);
else await main(resolve(values.out));

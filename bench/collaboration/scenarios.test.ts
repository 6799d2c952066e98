import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readPeopleFolder } from '@colora/cli/compare/read-folder';
import { readSentences } from '@colora/cli/demo/sentences';
import type { Person } from '@colora/cli/experiment/person';
import { seededRandom } from '@colora/tensors/random';
import { intentScenarios } from './intent-scenarios.ts';
import { readLabelled, splitIntents } from './intents.ts';
import { languageScenarios } from './language-scenarios.ts';
import { foldersOf, writePeople } from './people-folder.ts';
import { reviewScenarios } from './review-scenarios.ts';
import type { ScenarioRow } from './scenario.ts';
import { scenarios } from './scenarios.ts';

const folder = await mkdtemp(join(tmpdir(), 'colora-scenarios-'));
after(() => rm(folder, { recursive: true, force: true }));

const sentences = await readSentences();
const labelled = Array.from({ length: 72 }, (_, intent) =>
  Array.from({ length: 36 }, (_, text) => ({ text: `text ${text} of ${intent}`, label: `intent ${intent}` })),
).flat();
const rows: readonly [string, ScenarioRow][] = Object.entries(scenarios);
const drawn = (name: string, row: ScenarioRow, seed: number, examples = labelled) =>
  row.draw({
    ...{ sentences, seed, random: seededRandom(`${name} ${seed}`) },
    intents: splitIntents(examples, seededRandom(`intents ${seed}`)),
  });

type Examples = Person['examples'];
const textOf = (one: Examples[number]) => ('text' in one ? one.text : 'prompt' in one ? one.prompt : '');
const textsOf = (examples: Examples) => examples.map(textOf);
const labelsOf = (examples: Examples) => examples.map((one) => ('label' in one ? one.label : ''));

for (const [name, row] of rows) {
  test(`${name}: nobody trains on what anybody is judged by, compare reads it, the draw is the seed's`, async () => {
    const people = drawn(name, row, 3);
    const heldOut = new Set(people.flatMap((person) => textsOf(person.heldOut)));
    // A handful of sentences occur twice in the source; by position no sentence is both.
    const seen = people.flatMap((person) => textsOf(person.examples)).filter((text) => heldOut.has(text));
    assert.ok(seen.length < 12, `${seen.length} texts are in both`);
    await writePeople(join(folder, name), people);
    const read = await readPeopleFolder(join(folder, name));
    const expected = foldersOf(people).flatMap(({ name: group, members }) =>
      members.map((person) => [`${group}.${person.name}`, person.examples, person.heldOut]),
    );
    const found = read.people.map((person) => [person.name, person.examples, person.heldOut]);
    const byName = (a: unknown[], b: unknown[]) => (String(a[0]) < String(b[0]) ? -1 : 1);
    assert.deepEqual(found.sort(byName), expected.sort(byName));
    assert.deepEqual(drawn(name, row, 3), people);
    assert.notDeepEqual(drawn(name, row, 4), people);
  });
}

test('people differ as the scenarios say', () => {
  const noisy = drawn('label-noise', reviewScenarios['label-noise'], 1);
  const clean = drawn('outlier-inverted', reviewScenarios['outlier-inverted'], 1);
  assert.deepEqual(
    noisy.map(({ group }) => group),
    [...Array.from({ length: 9 }, () => 'clean'), 'noisy', 'noisy', 'noisy'],
  );
  assert.deepEqual(
    labelsOf(clean[11]!.heldOut),
    labelsOf(clean[0]!.heldOut).map((label) => (label === 'good' ? 'bad' : 'good')),
  );
  const sizes = drawn('sizes', reviewScenarios.sizes, 1).map(({ examples }) => examples.length);
  assert.deepEqual(sizes, [8, 32, 64, 200, 8, 32, 64, 200, 8, 32, 64, 200]);
  const strangers = drawn('nothing-shared', intentScenarios['nothing-shared'], 1);
  const intents = strangers.map(
    ({ heldOut }) => new Set(textsOf(heldOut).map((text) => text.split(' of ')[1])),
  );
  assert.deepEqual(
    intents.map((own) => own.size),
    Array.from({ length: 12 }, () => 6),
  );
  assert.equal(new Set(intents.flatMap((own) => [...own])).size, 72);
  const halves = drawn('own-halves', intentScenarios['own-halves'], 1);
  for (const { examples } of halves) assert.deepEqual([...new Set(labelsOf(examples))].sort(), ['0', '1']);
  const many = drawn('many-labels', intentScenarios['many-labels'], 1);
  assert.equal(new Set(many.flatMap(({ examples }) => labelsOf(examples))).size, 60);
});

test('wrong labels are 30 % of three people’s, and what judges them is right', () => {
  const truth = new Map(
    Object.values(sentences)
      .flat()
      .map(({ text, positive }) => [text, positive ? 'good' : 'bad']),
  );
  const wrong = ({ examples }: Person) =>
    textsOf(examples).filter((text, at) => truth.get(text) !== labelsOf(examples)[at]).length;
  const people = drawn('label-noise', reviewScenarios['label-noise'], 2);
  assert.deepEqual(people.map(wrong), [...Array.from({ length: 9 }, () => 0), 10, 10, 10]);
  assert.deepEqual(
    people.map(({ heldOut }) => wrong({ ...people[0]!, examples: heldOut })),
    Array.from({ length: 12 }, () => 0),
  );
});

test('six people of a language model answer the same prompts alike, in another order, the other way round, or something else', () => {
  const answers = (name: keyof typeof languageScenarios) =>
    drawn(name, languageScenarios[name], 1).map(({ heldOut }) =>
      heldOut.map((one) => ('completion' in one ? one.completion : '')),
    );
  const usual = answers('language-alike')[0]!;
  assert.match(usual[0]!, /^ (product|film|restaurant), (good|bad)$/);
  const distinct = (all: string[][]) => new Set(all.map((own) => own.join('|'))).size;
  assert.deepEqual(
    Object.keys(languageScenarios).map((name) => distinct(answers(name as never))),
    [1, 2, 2, 6],
  );
  const [first, , , last] = answers('language-orders');
  assert.deepEqual(
    last,
    first!.map((answer) => answer.replace(/^ (.*), (.*)$/, ' $2 $1')),
  );
  const [plain, , , contrary] = answers('language-meanings');
  const turned = { good: 'bad', bad: 'good' } as const;
  assert.deepEqual(
    contrary,
    plain!.map((answer) => answer.replace(/good|bad/, (verdict) => turned[verdict as keyof typeof turned])),
  );
  const prompts = drawn('language-strangers', languageScenarios['language-strangers'], 1).map(({ heldOut }) =>
    textsOf(heldOut).join('|'),
  );
  assert.equal(new Set(prompts).size, 1, 'the same prompts for everybody');
});

test('fewer intents make fewer people, and labels of a few texts are none', async () => {
  const few = labelled.filter(({ label }) => Number(label.split(' ')[1]) < 14);
  assert.equal(drawn('nothing-shared', intentScenarios['nothing-shared'], 1, few).length, 2);
  assert.equal(drawn('own-halves', intentScenarios['own-halves'], 1, few).length, 4);
  const path = join(folder, 'set.jsonl');
  const short = labelled.slice(0, 14);
  await writeFile(path, [...short, ...short].map((one) => `${JSON.stringify(one)}\n`).join(''));
  const read = await readLabelled([path, path]);
  assert.equal(read.length, 14, 'each text once');
  assert.deepEqual(splitIntents(read, seededRandom(0)), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Person } from '../experiment/person.ts';
import { drawScenarios } from './scenarios.ts';
import { readSentences } from './sentences.ts';
import { subjects } from './subjects.ts';

const texts = (examples: Person['examples']) =>
  examples.map((example) => ('text' in example ? example.text : ''));

test('nobody trains on what they are judged by, and the draw is the seed’s', async () => {
  const sentences = await readSentences();
  assert.deepEqual(
    Object.values(sentences).map((all) => all.length),
    [1000, 1000, 1000],
  );
  const scenarios = drawScenarios(sentences, 7);
  for (const scenario of Object.values(scenarios)) {
    assert.equal(scenario.people.length, 12);
    const heldOut = new Set(scenario.people.flatMap((person) => texts(person.heldOut)));
    // A handful of sentences occur twice in the source; by position no sentence is both.
    const seen = scenario.people
      .flatMap((person) => texts(person.examples))
      .filter((text) => heldOut.has(text));
    assert.ok(seen.length < 12, `${scenario.name}: ${seen.length} sentences are in both`);
    if (scenario.name === 'nothing-shared') continue; // below
    for (const person of scenario.people) assert.equal(person.heldOut.length, 200);
  }
  assert.deepEqual(drawScenarios(sentences, 7), scenarios);
  assert.notDeepEqual(drawScenarios(sentences, 8), scenarios);
});

test('people differ as the scenarios say', async () => {
  const scenarios = drawScenarios(await readSentences(), 0);
  assert.deepEqual(
    scenarios['little-data'].people.map((person) => person.examples.length),
    [16, 32, 32, 64, 16, 32, 32, 64, 16, 32, 32, 64],
  );
  const first = new Set(scenarios['little-data'].people.flatMap((person) => texts(person.examples)));
  const shared = scenarios.newcomer.people
    .flatMap((person) => texts(person.examples))
    .filter((text) => first.has(text));
  assert.ok(shared.length < 3, 'newcomers bring sentences of their own');
  const labelOf = (person: Person, text: string) => {
    const found = person.heldOut.find((example) => 'text' in example && example.text === text);
    return found !== undefined && 'label' in found ? found.label : undefined;
  };
  const [usual, other] = scenarios['different-meanings'].people;
  for (const text of texts(usual!.heldOut)) assert.notEqual(labelOf(usual!, text), labelOf(other!, text));
  const topics = scenarios['different-tasks'].people[1]!.heldOut.map((example) =>
    'label' in example ? example.label : '',
  );
  assert.deepEqual([...new Set(topics)].sort(), ['1', '2', '3']);
});

test('where nothing is shared nobody has a subject of another’s, five sentences of each and more to be judged by', async () => {
  const { people } = drawScenarios(await readSentences(), 3)['nothing-shared'];
  const labelsOf = (examples: Person['examples']) =>
    examples.map((example) => ('label' in example ? example.label : ''));
  const thirty = ['1', '2', '3', '4', '5', '6'].flatMap((label) => Array.from({ length: 5 }, () => label));
  for (const { examples, heldOut } of people) {
    assert.deepEqual(labelsOf(examples), thirty);
    for (const label of ['1', '2', '3', '4', '5', '6']) {
      const held = labelsOf(heldOut).filter((each) => each === label).length;
      assert.ok(held >= 6 && held <= 20, `${held} held out`);
    }
    const all = [...texts(examples), ...texts(heldOut)];
    assert.equal(new Set(all).size, all.length, 'no sentence is there twice');
  }
});

test('there are subjects for everybody, each spoken of often enough', async () => {
  assert.equal(new Set(subjects).size, subjects.length);
  assert.ok(subjects.length >= 72);
  const all = Object.values(await readSentences()).flat();
  for (const subject of subjects) {
    const said = all.filter(({ text }) => new RegExp(`\\b${subject}s?\\b`, 'i').test(text));
    assert.ok(said.length >= 14, `${subject}: ${said.length}`);
  }
});

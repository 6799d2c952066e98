import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PersonFigures, summarise } from './figures.ts';
import { guardLines } from './guard-lines.ts';
import { figuresTable, peopleTable } from './table.ts';

const users = [
  { user: 'aya', group: 'films', seed: 0, alone: 0.7, core: 0.8 },
  { user: 'ben', group: 'shops', seed: 0, alone: 0.6, core: 0.8, global: 0.5 },
];

test('only methods that everybody has are compared', () => {
  const figures = summarise(users, 1.5, 'onnx cpu');
  assert.deepEqual(Object.keys(figures.methods), ['alone', 'core']);
  assert.ok(Math.abs(figures.differences['core - alone']!.mean - 0.15) < 1e-12);
  assert.deepEqual(figures.seeds, [0]);
});

test('tables line up and speak in percent', () => {
  const lines = figuresTable(summarise(users, 1.5, 'onnx cpu'));
  assert.match(lines[0]!, /^held-out accuracy, % +alone +core$/);
  assert.match(lines.find((line) => line.startsWith('films'))!, /^films +70\.0 +80\.0$/); // one person: no error
  assert.match(lines.find((line) => line.startsWith('everybody'))!, /65\.0 ± 5\.0 +80\.0 ± 0\.0/);
  assert.match(lines.at(-1)!, /\+15\.0 ± 5\.0$/);
  assert.match(peopleTable(summarise(users, 1.5, 'x'))[2]!, /^ben +shops +60\.0 +80\.0$/);
});

const guarded = (alone: number, core: number, mixed: number, more: Partial<PersonFigures> = {}) => ({
  ...{ user: 'x', group: 'g', seed: 0, alone, core, guarded: mixed, cluster: null },
  ...{ weightOfCore: 0.5, verdict: 'helped' as const, helped: 0.95, ...more },
});

test('who is more than two points worse than alone is counted, exactly two points are not', () => {
  const figures = summarise(
    [
      guarded(0.7, 0.68, 0.71),
      guarded(0.7, 0.675, 0.7, { verdict: 'too-early', helped: 0.4 }),
      guarded(0.9, 0.5, 0.87, { verdict: null, helped: null, weightOfCore: 1 }),
      guarded(0.5, 0.9, 0.9),
    ],
    1,
    'onnx cpu',
  );
  assert.equal(figures.worseThanAlone.core?.mean, 0.5);
  assert.equal(figures.worseThanAlone.guarded?.mean, 0.25);
  assert.ok(Math.abs(figures.worseThanAlone.guarded!.standardError - 0.25) < 1e-12);
  assert.deepEqual(guardLines(figures), [
    'more than 2 points worse than alone: core 2 of 4 (50 ± 29 %), guarded 1 of 4 (25 ± 25 %)',
    'verdicts: helped 2, no gain seen 0, too early to say 1; core weighs 0.63 in what they are guarded by',
  ]);
  const chances = figures.users.map((user) => ({ ...user, worseByChance: { core: 0.25, guarded: 0.1 } }));
  assert.match(
    guardLines(summarise(chances, 1, 'x'))[0]!,
    /core 2 of 4 \(50 ± 29 %; chance alone makes 1\.0\), guarded.*0\.4\)$/,
  );
  assert.match(peopleTable(figures).at(-2)!, / 90\.0 +50\.0 +87\.0 +1\.00 +- +-$/);
  assert.deepEqual(Object.keys(figures.differences), ['core - alone', 'guarded - alone', 'guarded - core']);
});

test('clusters are told by their sizes, of each seed', () => {
  const of = (seed: number, cluster: number) => guarded(0.7, 0.8, 0.8, { seed, cluster });
  const figures = summarise([of(0, 1), of(0, 3), of(0, 3), of(1, 2), of(1, 2), of(1, 2)], 1, 'x');
  assert.equal(guardLines(figures).at(-1), 'clusters found: 2, of 2 + 1 people; 1, of 3 people');
  assert.match(peopleTable(figures).at(-1)!, / helped +2$/);
});

test('nothing is said of a guard, or of alone, where there is none', () => {
  assert.deepEqual(
    guardLines(summarise([{ user: 'a', group: 'g', seed: 0, global: 0.7, core: 0.8 }], 1, 'x')),
    [],
  );
  const lines = guardLines(summarise([{ user: 'a', group: 'g', seed: 0, alone: 0.7, core: 0.6 }], 1, 'x'));
  assert.deepEqual(lines, ['more than 2 points worse than alone: core 1 of 1 (100 ± 0 %)']);
});

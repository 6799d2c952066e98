import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarise } from '../experiment/figures.ts';
import { readFigures } from './readings.ts';

const people = (scores: readonly { alone: number; global: number; core: number; guarded: number }[]) =>
  summarise(
    scores.map((each, index) => ({ user: `p${index}`, group: 'g', seed: 0, ...each })),
    1,
    'onnx cpu',
  );

test('a reading says what the figures say: better, worse, or nothing clear', () => {
  const figures = people([
    { alone: 0.7, global: 0.9, core: 0.8, guarded: 0.8 },
    { alone: 0.71, global: 0.91, core: 0.8, guarded: 0.8 },
    { alone: 0.7, global: 0.9, core: 0.79, guarded: 0.8 },
  ]);
  assert.equal(
    readFigures('little-data', figures),
    'One task, few sentences each: guarded is better than alone (+9.7 ± 0.3); worse than global (-10.3 ± 0.3); not clearly other than core (+0.3 ± 0.3).',
  );
});

test('equal figures claim nothing, and neither does what is missing', () => {
  const same = { alone: 0.7, global: 0.7, core: 0.7, guarded: 0.7 };
  assert.match(
    readFigures('newcomer', people([same, same])),
    /guarded is not clearly other than alone \(\+0\.0/,
  );
  const unguarded = summarise([{ user: 'a', group: 'g', seed: 0, alone: 0.7, core: 0.8 }], 1, 'x');
  assert.match(readFigures('newcomer', unguarded), /set against nothing/);
});

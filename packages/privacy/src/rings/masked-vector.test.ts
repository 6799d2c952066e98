import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { TensorMap } from '@colora/tensors/tensor';
import { unitOf } from './fixed-point.ts';
import { fillVector, layVector, readTail } from './masked-vector.ts';
import { type ToldVerdict, verdictNumbers } from './verdict-numbers.ts';

const plan = [
  { name: 'a', shape: [2, 2] },
  { name: 'head/x', shape: [3] },
  { name: 'head/y', shape: [1] },
];
const point = { bits: 8, range: 127 }; // a unit is 1: nothing is rounded
const settings = (verdicts: boolean) =>
  ({ privacy: { secureAggregation: { bits: 8, verdicts } } }) as Pick<TaskSettings, 'privacy'>;
const layout = layVector(plan, settings(false));
const never = () => 0;

test('a member’s row: weight x value in the plan’s order, weights, holdings, losses', () => {
  const contribution: TensorMap = new Map([
    ['head/x', { shape: [3], data: Float32Array.from([7, -500, 9]) }],
    ['a', { shape: [2, 2], data: Float32Array.from([1, 2, 3, 4]) }],
  ]);
  const member = { contribution, weight: 3, personalLoss: 0.5, sharedLoss: null, verdict: null };
  const { vector, told } = fillVector(layout, member, point, never);
  assert.deepEqual([...vector], [3, 6, 9, 12, 21, -381, 27, 0, 3, 3, 0, 1, 1, 0, 32, 1, 0, 0]);
  assert.deepEqual([...told.get('head/x')!.data], [7, -127, 9]);
  assert.equal(unitOf(point), 1);
});

test('a loss beyond what its bits hold is cut', () => {
  const member = { contribution: new Map(), weight: 1, personalLoss: 1e9, sharedLoss: -1, verdict: null };
  assert.deepEqual([...fillVector(layout, member, point, never).vector.slice(-4)], [1023, 1, 0, 1]);
});

test('where the group sums up verdicts eight numbers more stand at the end of every row, zeros of who tells none', () => {
  const longer = layVector(plan, settings(true));
  assert.deepEqual([longer.verdicts, longer.length], [layout.length, layout.length + 8]);
  const figures = { shareOfCore: 80, gain: 20, standardError: 4 };
  const member = { contribution: new Map(), weight: 1, personalLoss: 1, sharedLoss: null };
  const rowOf = (verdict: ToldVerdict | null, at = longer) =>
    fillVector(at, { ...member, verdict }, point, never).vector;
  const told: ToldVerdict = { opinion: 'helped', figures };
  const row = rowOf(told);
  assert.deepEqual([...row.subarray(longer.verdicts!)], verdictNumbers(told));
  assert.deepEqual([...rowOf(null).subarray(longer.verdicts!)], new Array(8).fill(0));
  assert.deepEqual(row.subarray(0, longer.verdicts!), rowOf(null, layout), 'all else lies where it lay');
  assert.deepEqual(rowOf(told, layout), rowOf(null, layout));
  const read = readTail(longer, row.slice(longer.values));
  assert.deepEqual([read.personalLoss, read.sharedLoss], [1, null]);
});

test('the sum says who held how much, and mean losses of those who had one', () => {
  const tail = Int32Array.from([4, 5, 0, 2, 3, 0, 96, 2, 0, 0]);
  assert.deepEqual(readTail(layout, tail), {
    weights: [4, 5, 0],
    holders: [2, 3, 0],
    personalLoss: 0.75,
    sharedLoss: null,
  });
});

test('what isn’t of the round’s plan is refused by its name', () => {
  const with1 = (name: string, data: number[]) => ({
    contribution: new Map([[name, { shape: [data.length], data: Float32Array.from(data) }]]),
    weight: 1,
    personalLoss: null,
    sharedLoss: null,
    verdict: null,
  });
  assert.throws(() => fillVector(layout, with1('head/z', [1]), point, never), /no tensor head\/z/);
  assert.throws(() => fillVector(layout, with1('head/x', [1]), point, never), /head\/x has 1 values, not 3/);
});

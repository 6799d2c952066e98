// Rows that too few have stay with their owner: they stand in for the checkpoint's until the others have moved it, and nothing of
// them is in what is sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TensorMap, tensor } from '@colora/tensors/tensor';
import { noOwnRows, onlyTravelling, standingRows, withOwnRows } from './own-rows.ts';

const map = (entries: Record<string, readonly number[]>): TensorMap =>
  new Map(Object.entries(entries).map(([name, values]) => [name, tensor([values.length], values)]));

const seen = map({ 'head/a': [0, 0], 'head/b': [1, 1], 'x.A': [5] });
const own = {
  from: map({ 'head/a': [0, 0], 'head/b': [1, 2], 'head/gone': [0, 0] }),
  rows: map({ 'head/a': [3, 4], 'head/b': [7, 7], 'head/gone': [9, 9] }),
};

test('an own row stands in for one that nobody has moved since, and no other', () => {
  assert.deepEqual(standingRows(own, seen), map({ 'head/a': [3, 4] }));
  assert.deepEqual(withOwnRows(seen, own), map({ 'head/a': [3, 4], 'head/b': [1, 1], 'x.A': [5] }));
  assert.equal(withOwnRows(seen, noOwnRows), seen);
  const wider = map({ 'head/a': [0, 0, 0] });
  assert.equal(standingRows(own, wider).size, 0);
});

test('of an update rows of other labels stay, with their controls; everything else travels', () => {
  const update = map({ 'head/a': [1], 'head/b': [1], 'x.A': [1], 'control/head/a': [1], 'control/x.A': [1] });
  assert.equal(onlyTravelling(update, null), update);
  assert.deepEqual([...onlyTravelling(update, new Set(['head/b'])).keys()], ['head/b', 'x.A', 'control/x.A']);
});

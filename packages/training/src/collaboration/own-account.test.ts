// The account over rounds: what is left after one's own part is taken out is what the others alone moved, tensor by tensor,
// whoever holds which of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TensorMap } from '@colora/tensors/tensor';
import { leaveMeOut, type OwnAccount, withApplied } from './own-account.ts';

const map = (entries: Record<string, readonly number[]>): TensorMap =>
  new Map(
    Object.entries(entries).map(([name, values]) => [
      name,
      { shape: [values.length], data: Float32Array.from(values) },
    ]),
  );
const values = (tensors: TensorMap) =>
  Object.fromEntries([...tensors].map(([name, { data }]) => [name, [...data]]));

test('sums what was sent by its weights; tensors that were not sent stay', () => {
  let account: OwnAccount = new Map();
  account = withApplied(account, map({ A: [4, 8], 'head/good': [2] }), { A: 0.25, 'head/good': 0.5 });
  account = withApplied(account, map({ A: [4, 0] }), { A: 0.5 });
  account = withApplied(account, map({ A: [9, 9] }), {}); // nothing of it was applied
  assert.deepEqual(values(account), { A: [3, 2], 'head/good': [1] });
  // every contribution was subtracted: taking them out adds them again
  const checkpoint = map({ A: [0, 0], 'head/good': [5], 'head/bad': [7] });
  assert.deepEqual(values(leaveMeOut(checkpoint, account)), { A: [3, 2], 'head/good': [6], 'head/bad': [7] });
});

test('an account without entries leaves a checkpoint as it is', () => {
  const checkpoint = map({ A: [1, 2] });
  assert.deepEqual(leaveMeOut(checkpoint, new Map()), checkpoint);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blendGrid, blendWeight } from './blend-weight.ts';

const peakedAt = (best: number) => blendGrid.map((a) => -((a - best) ** 2));

test('the weight under which all examples together are likeliest', () => {
  assert.equal(blendWeight([peakedAt(0.5)]), 0.5);
  assert.equal(blendWeight([peakedAt(0), peakedAt(0), peakedAt(1)]), 0.25);
  const much = peakedAt(1).map((value) => 5 * value);
  assert.equal(blendWeight([peakedAt(0), peakedAt(0), much]), 0.75);
});

test('nothing to tell by, or nothing that tells: the model trained together', () => {
  assert.equal(blendWeight([]), 1);
  assert.equal(blendWeight([blendGrid.map(() => -3)]), 1);
});

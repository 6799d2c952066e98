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

test('to whom it clearly helps, what is within an error of the best counts for core; to others the best alone does', () => {
  // alone, then the grid's last: what core costs beside the best differs from example to example
  const helped = [0, 1, 2, 3, 4, 5, 6, 7].map((j) => [-3, -1.5, -1, -0.8, j % 2 === 0 ? -0.6 : -1.02]);
  assert.equal(blendWeight(helped), 1, 'core is 0.08 nats below, and that is 0.64 off');
  const surely = helped.map((logs) => [...logs.slice(0, 4), -1]);
  assert.equal(blendWeight(surely), 0.75, 'as far below in every example');
  const either = helped.map(([, ...others], j) => [j % 2 === 0 ? 1 : -3, ...others]);
  assert.equal(blendWeight(either), 0.75, 'alone may be as good');
});

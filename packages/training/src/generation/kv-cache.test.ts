// The cache's slots: what was appended stays in its place through cuts and growth.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CacheShape, kvCache } from './kv-cache.ts';

const shape: CacheShape = { layers: 2, keyHeads: 2, headSize: 1 };

/** Keys [1, 2, T, 1] and values of `length` new tokens, counted up from `first`. */
function outputsOf(length: number, first: number) {
  const tensor = (offset: number) => ({
    shape: [1, 2, length, 1],
    data: Float32Array.from({ length: 2 * length }, (_, i) => first + offset + i),
  });
  return {
    'new-keys:0': tensor(0),
    'new-values:0': tensor(100),
    'new-keys:1': tensor(200),
    'new-values:1': tensor(300),
  };
}

test('tokens are appended head by head, and what a run was padded with is not', () => {
  const cache = kvCache(shape, 4);
  cache.append([7, 8], outputsOf(3, 1)); // the third is padding
  assert.deepEqual([...cache.inputs['keys:0']!], [1, 2, 0, 0, 4, 5, 0, 0]);
  cache.append([9], outputsOf(1, 50));
  assert.deepEqual([...cache.inputs['keys:0']!], [1, 2, 50, 0, 4, 5, 51, 0]);
  assert.deepEqual([...cache.inputs['values:1']!], [301, 302, 350, 0, 304, 305, 351, 0]);
  assert.deepEqual(cache.ids, [7, 8, 9]);
  assert.throws(() => cache.append([1, 2], outputsOf(2, 0)), /4 slots/);
});

test('after a cut the next tokens take the slots of those forgotten', () => {
  const cache = kvCache(shape, 3);
  cache.append([7, 8], outputsOf(2, 1));
  cache.cutAt(1);
  cache.append([9], outputsOf(1, 50));
  assert.deepEqual(cache.ids, [7, 9]);
  assert.deepEqual([...cache.inputs['keys:0']!], [1, 50, 0, 3, 51, 0]);
});

test('a grown cache holds the same tokens', () => {
  const cache = kvCache(shape, 2);
  cache.append([7, 8], outputsOf(2, 1));
  const grown = cache.grown(3);
  assert.deepEqual([grown.ids, grown.capacity], [[7, 8], 3]);
  assert.deepEqual([...grown.inputs['keys:0']!], [1, 2, 0, 3, 4, 0]);
  assert.deepEqual([...grown.inputs['values:1']!], [301, 302, 0, 303, 304, 0]);
});

// Bounded memory, least recently used first out; cutting into rows and putting together again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newValue } from '@colora/tfjs-onnx/graph';
import { frozenPrefix } from './frozen-prefix.ts';
import { createPrefixCache } from './prefix-cache.ts';

const row = (length: number) => [new Float32Array(length)];

test('the least recently used rows go first and the bound holds', () => {
  const cache = createPrefixCache(100 * 4);
  cache.put('g', 'a', row(40));
  cache.put('g', 'b', row(40));
  cache.get('g', 'a');
  cache.put('g', 'c', row(40));
  assert.equal(cache.get('g', 'b'), undefined);
  assert.ok(cache.get('g', 'a') !== undefined && cache.get('g', 'c') !== undefined);
  assert.equal(cache.bytes, 80 * 4);
  cache.put('g', 'a', row(10));
  assert.equal(cache.bytes, 50 * 4);
  cache.put('g', 'huge', row(101));
  assert.equal(cache.get('g', 'huge'), undefined);
  assert.equal(cache.get('other', 'a'), undefined);
});

/** Two outputs, [B, 2] and [B * 2, 1], and a run that counts. */
function countedPrefix(bytes: number) {
  const outputs = [
    { name: 'prefix:0', value: newValue([2, 2], 'float32') },
    { name: 'prefix:1', value: newValue([4, 1], 'float32') },
  ];
  const frozen = frozenPrefix(
    { inputs: [], externals: [], constants: [], nodes: [], outputs },
    'g',
    2,
    createPrefixCache(bytes),
  );
  let runs = 0;
  const get = (keys: string[]) =>
    frozen.outputs(keys, async () => {
      runs += 1;
      const numbers = keys.map((key) => key.charCodeAt(0));
      const spread = Float32Array.from(numbers.flatMap((number) => [number, -number]));
      return { 'prefix:0': spread, 'prefix:1': spread.map((value) => value * 2) };
    });
  return { get, runs: () => runs };
}

test('an example is computed once and comes back in any batch and any row', async () => {
  const { get, runs } = countedPrefix(1000);
  await get(['a', 'b']);
  await get(['c', 'd']);
  const again = await get(['d', 'a']);
  assert.equal(runs(), 2);
  assert.deepEqual([...again['prefix:0']!], [100, -100, 97, -97]);
  assert.deepEqual([...again['prefix:1']!], [200, -200, 194, -194]);
});

test('what does not fit is computed again', async () => {
  const { get, runs } = countedPrefix(16 + 15); // one example is 32 bytes
  await get(['a', 'b']);
  assert.deepEqual([...(await get(['a', 'b']))['prefix:0']!], [97, -97, 98, -98]);
  assert.equal(runs(), 2);
});

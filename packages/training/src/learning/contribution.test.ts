// The last door: clipping and noise.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { norm } from '@colora/tensors/arithmetic';
import { tensor } from '@colora/tensors/tensor';
import { makeContribution } from './contribution.ts';

const update = new Map([
  ['a', tensor([2], [3, 0])],
  ['b', tensor([1], [4])],
]);

test('an update within the bound, or without one, is sent as it is', () => {
  assert.deepEqual(makeContribution(update, {}), update);
  assert.deepEqual(makeContribution(update, { clipNorm: 5 }), update);
});

test('a longer one is scaled to the bound, over all tensors together', () => {
  const clipped = makeContribution(update, { clipNorm: 1 });
  assert.ok(norm(clipped) <= 1 && norm(clipped) > 0.99999);
  assert.ok(Math.abs(clipped.get('a')!.data[0]! / clipped.get('b')!.data[0]! - 3 / 4) < 1e-6);
});

test('noise is added after clipping, in units of the bound, and never without one', () => {
  const noisy = makeContribution(update, { clipNorm: 5, noiseMultiplier: 0.1 }, () => 2);
  assert.deepEqual([...noisy.get('a')!.data], [4, 1]);
  assert.throws(() => makeContribution(update, { noiseMultiplier: 1 }), /clipNorm/);
});

test('what is added is standard normal times multiplier and bound, secret, and nothing where others add it', () => {
  const zeros = new Map([['a', tensor([200, 100], new Float32Array(20_000))]]);
  const values = (privacy: Parameters<typeof makeContribution>[1]) =>
    makeContribution(zeros, privacy).get('a')!.data;
  const sent = values({ clipNorm: 2, noiseMultiplier: 0.5 });
  const mean = sent.reduce((sum, value) => sum + value, 0) / sent.length;
  const variance = sent.reduce((sum, value) => sum + value * value, 0) / sent.length;
  const within = sent.filter((value) => Math.abs(value) < 1).length / sent.length;
  assert.ok(Math.abs(mean) < 0.05, `mean ${mean}`); // seven standard errors
  assert.ok(Math.abs(variance - 1) < 0.07, `variance ${variance}`);
  assert.ok(Math.abs(within - 0.6827) < 0.025, `${within} within one standard deviation`);
  assert.notDeepEqual(sent, values({ clipNorm: 2, noiseMultiplier: 0.5 }));
  for (const mechanism of ['central', 'distributed'] as const)
    assert.ok(values({ clipNorm: 2, noiseMultiplier: 0.5, mechanism }).every((value) => value === 0));
});

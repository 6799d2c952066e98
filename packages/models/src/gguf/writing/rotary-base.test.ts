import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rotaryFrequencies } from '../../blocks/rotary-frequencies.ts';
import { rotaryBase } from './rotary-base.ts';

test('base and scaling come out of the frequencies as the config said them', () => {
  const plain = (rope_theta: number) => rotaryBase(rotaryFrequencies({ rope_theta }, 64));
  for (const base of [10_000, 100_000, 500_000, 1e6]) {
    const made = plain(base);
    assert.deepEqual([made.base, made.factor, made.factors], [base, 1, null]);
  }
  const linear = rotaryFrequencies({ rope_theta: 1e6, rope_scaling: { type: 'linear', factor: 8 } }, 256);
  assert.deepEqual(rotaryBase(linear), { base: 1e6, factor: 8, factors: null });
  const scaling = { rope_type: 'llama3', factor: 32, low_freq_factor: 1, high_freq_factor: 4 };
  const original = { original_max_position_embeddings: 8192 };
  const llama3 = rotaryBase(
    rotaryFrequencies({ rope_theta: 5e5, rope_scaling: { ...scaling, ...original } }, 64),
  );
  assert.equal(llama3.base, 5e5);
  assert.equal(llama3.factors?.length, 32);
  assert.ok(Math.abs(llama3.factors![0]! - 1) < 1e-6);
  assert.ok(Math.abs(llama3.factors!.at(-1)! - 32) < 1e-4);
  assert.equal(rotaryBase([1]).base, 10_000);
});

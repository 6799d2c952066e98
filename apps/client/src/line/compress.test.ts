// Error feedback: nothing is lost for good; and what is sent is admitted by the coordinator's bound.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contributionNormLimit } from '@colora/protocol/contribution';
import { type TaskSettingsInput, taskSettingsSchema } from '@colora/protocol/task-settings';
import { addScaled, norm, scale, subtract } from '@colora/tensors/arithmetic';
import { seededRandom } from '@colora/tensors/random';
import { encode } from '@colora/tensors/safetensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { decodeContribution } from '@colora/tensors/wire/wire-file';
import { compressContribution } from './compress.ts';

const random = seededRandom('compress');
const noise = (length: number) => Float32Array.from({ length }, () => random.gaussian());
const drawn = (): TensorMap =>
  new Map([
    ['b.shared.B', { shape: [40, 5], data: noise(200) }],
    ['a.shared.A', { shape: [70_000], data: noise(70_000) }],
  ]);
const schema = new Map([...drawn()].reverse());
const settingsOf = (wire: TaskSettingsInput['wire'], privacy: TaskSettingsInput['privacy'] = {}) =>
  taskSettingsSchema.parse({
    baseModel: { name: 'test', modelType: 'use-lite', fingerprint: 'a'.repeat(64) },
    task: { kind: 'classification', labels: ['bad', 'good'] },
    wire,
    privacy,
  });
const wires = [
  { upload: 'f16' },
  { upload: 'bf16' },
  { upload: 'int8' },
  { upload: 'top-k', keep: 0.05 },
] as const;
const metadata = { kind: 'delta' };
const zero = scale(schema, 0);

test('f32 sends today’s bytes and leaves nothing', () => {
  const update = drawn();
  const { bytes, residual } = compressContribution(update, new Map(), {
    settings: settingsOf({}),
    metadata,
    seed: 'x',
  });
  assert.deepEqual(bytes, encode(update, { metadata }));
  assert.equal(residual.size, 0);
});

test('what was sent plus the last residual is what was to be sent, over many rounds', () => {
  for (const wire of wires) {
    const settings = settingsOf(wire);
    let residual: TensorMap = new Map();
    let [wanted, sent] = [zero, zero];
    for (let round = 1; round <= 8; round += 1) {
      const update = drawn();
      const made = compressContribution(update, residual, { settings, metadata, seed: `${round}` });
      residual = made.residual;
      wanted = addScaled(wanted, update, 1);
      sent = addScaled(sent, decodeContribution(made.bytes, schema).tensors, 1);
    }
    const missing = subtract(wanted, addScaled(sent, residual, 1));
    assert.ok(norm(missing) < 1e-5 * norm(wanted), `${wire.upload}: ${norm(missing)}`);
    assert.ok(norm(residual) > 0, wire.upload);
  }
});

test('a clipped group’s contribution fits its bound as it decodes, and the residual stays bounded', () => {
  for (const privacy of [{ clipNorm: 1 }, { clipNorm: 1, noiseMultiplier: 0.01 }]) {
    for (const wire of wires) {
      const settings = settingsOf(wire, privacy);
      const limit = contributionNormLimit(settings.privacy, 70_200);
      const update = drawn();
      const clipped = scale(update, limit / norm(update)); // the same direction each round: the worst for the residual
      let residual: TensorMap = new Map();
      for (let round = 1; round <= 30; round += 1) {
        const made = compressContribution(clipped, residual, { settings, metadata, seed: `${round}` });
        residual = made.residual;
        assert.ok(norm(decodeContribution(made.bytes, schema).tensors) <= limit);
      }
      assert.ok(norm(residual) < 40 * limit, `${wire.upload}: ${norm(residual)}`); // 2 / keep
    }
  }
});

test('a tensor that is not sent this time keeps its residual; one of another shape is not added', () => {
  const settings = settingsOf({ upload: 'bf16' });
  const residual = new Map([
    ['gone', { shape: [1], data: Float32Array.of(3) }],
    ['x', { shape: [1], data: Float32Array.of(5) }],
  ]);
  const update = new Map([['x', { shape: [2], data: Float32Array.of(1, 2) }]]);
  const made = compressContribution(update, residual, { settings, metadata, seed: 'x' });
  assert.deepEqual([...(made.residual.get('gone')?.data ?? [])], [3]);
  assert.deepEqual([...(made.residual.get('x')?.data ?? [])], [0, 0]);
  assert.deepEqual(decodeContribution(made.bytes, update).tensors, update);
});

test('a contribution above what its round takes is cut to it, says so, and one below stays as it is to the bit', () => {
  for (const wire of [{}, ...wires]) {
    const settings = settingsOf(wire);
    const update = drawn();
    const plain = compressContribution(update, new Map(), { settings, metadata, seed: 'x' });
    const how = { settings, metadata, seed: 'x' };
    const free = compressContribution(update, new Map(), { ...how, normLimit: 1e4 });
    assert.deepEqual(free, plain);
    assert.equal(plain.cutFrom, null);
    const cut = compressContribution(update, new Map(), { ...how, normLimit: 2 });
    const length = norm(decodeContribution(cut.bytes, schema).tensors);
    assert.ok(length <= 2 && length > 1.9, `${length}`);
    assert.ok((cut.cutFrom ?? 0) > 2);
    assert.deepEqual(decodeContribution(cut.bytes, schema).tensors, new Map([...cut.sent]));
  }
});

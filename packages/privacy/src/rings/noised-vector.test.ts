// What members add to a masked sum makes up, over those who are counted on, the noise that the budget was reckoned with; whoever
// else is in the sum only adds to it; and nothing but values is told.
import assert from 'node:assert/strict';
import test from 'node:test';
import { ringHolding, ringLoadOf } from '@colora/protocol/masking/masking-ring';
import { type TaskSettingsInput, taskSettingsSchema } from '@colora/protocol/task-settings';
import type { TensorMap } from '@colora/tensors/tensor';
import { seededBytes } from '../noise/gaussian-noise.ts';
import { randomIntegers } from '../noise/random-integers.ts';
import { unitOf } from './fixed-point.ts';
import { layVector } from './masked-vector.ts';
import { countedOn, fillNoisedVector, noisedPointOf } from './noised-vector.ts';

const shapes = [
  { name: 'a', shape: [40, 10] },
  { name: 'b', shape: [100] },
];
const layout = layVector(shapes, { privacy: {} });
const random = randomIntegers(seededBytes(Buffer.alloc(32, 9)));

function settings(privacy: NonNullable<TaskSettingsInput['privacy']>) {
  return taskSettingsSchema.parse({
    baseModel: { name: 'x', modelType: 'bert', fingerprint: '0'.repeat(64) },
    task: { kind: 'classification', labels: ['a', 'b'] },
    rounds: { participants: 9, quorum: 9 },
    privacy: { clipNorm: 1, delta: 1e-5, minMembers: 1, secureAggregation: {}, ...privacy },
  });
}

/** One member's, of length 1 in all of its 500 values. */
function contribution(): TensorMap {
  return new Map(
    shapes.map(({ name, shape }) => {
      const count = shape.reduce((product, size) => product * size, 1);
      const data = new Float32Array(count).fill(1 / Math.sqrt(layout.values));
      return [name, { shape, data }];
    }),
  );
}

for (const noiseMultiplier of [0.05, 1, 40])
  test(`noise of ${noiseMultiplier} clip norms is what those who are counted on make up`, () => {
    const group = settings({ mechanism: 'distributed', noiseMultiplier });
    const point = noisedPointOf(group, layout.values)!;
    assert.equal(countedOn(group), 6);
    assert.ok(point.variance * 6 >= (noiseMultiplier * point.sensitivity) ** 2);
    assert.ok(point.sensitivity * unitOf(point) >= 1, 'rounding makes nobody shorter than her clip norm');
    const rows = Array.from({ length: 6 }, () => fillNoisedVector(layout, contribution(), point, random));
    const sum = Float64Array.from({ length: layout.values }, (_, at) =>
      rows.reduce((total, { vector }) => total + vector[at]! * unitOf(point), 0),
    );
    const expected = 6 / Math.sqrt(layout.values);
    const off = sum.map((value) => value - expected);
    const deviation = Math.sqrt(off.reduce((total, one) => total + one * one, 0) / off.length);
    const wanted = noiseMultiplier; // the clip norm is 1
    // four standard errors of a deviation that is seen in 500 values, and what rounding adds
    assert.ok(deviation > wanted * (1 - 4 / Math.sqrt(2 * off.length)), `${deviation} for ${wanted}`);
    assert.ok(deviation < wanted * 1.25 + 3 * unitOf(point), `${deviation} for ${wanted}`);
    for (const { vector, told } of rows) {
      assert.deepEqual([...vector.subarray(layout.values)], new Array(layout.length - layout.values).fill(0));
      assert.equal(told.get('b')!.data[3], Math.fround(vector[403]! * unitOf(point)));
    }
    const ring = ringHolding(ringLoadOf(group, 9))!;
    const largest = Math.max(...rows.flatMap(({ vector }) => [...vector].map(Math.abs)));
    assert.ok(9 * largest < 2 ** (ring - 1), 'a sum of nine has room in the ring');
  });

test('where the coordinator adds the noise, members round within the length that it reckons with', () => {
  const group = settings({ mechanism: 'central', noiseMultiplier: 1 });
  const point = noisedPointOf(group, layout.values)!;
  assert.equal(point.variance, 0);
  const { vector } = fillNoisedVector(layout, contribution(), point, random);
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  assert.ok(length <= point.sensitivity);
  assert.ok(point.sensitivity * unitOf(point) < 1.01, 'with 16 bits rounding costs next to nothing');
});

test('no other group is noised so, and noise that nobody can draw is refused', () => {
  assert.equal(noisedPointOf(settings({ noiseMultiplier: 1 }), layout.values), null);
  const strong = settings({ mechanism: 'distributed', noiseMultiplier: 5000 });
  assert.throws(() => noisedPointOf(strong, 1_000_000), /no noise of 5000 clip norms/);
});

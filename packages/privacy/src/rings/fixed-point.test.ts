import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@colora/tensors/random';
import { quantise, unitOf } from './fixed-point.ts';

test('values are cut to the range and rounded to a neighbour', () => {
  const random = seededRandom(1);
  const point = { bits: 8, range: 2 };
  const values = Float32Array.from([-9, -2, -1, -0.001, 0, 0.5, 2, 9]);
  const whole = quantise(values, point, random.next);
  assert.deepEqual([whole[0], whole[1], whole[4], whole[6], whole[7]], [-127, -127, 0, 127, 127]);
  values.forEach((value, at) => {
    const kept = Math.max(-2, Math.min(2, value));
    assert.ok(Math.abs(whole[at]! * unitOf(point) - kept) < unitOf(point), `value ${at}`);
  });
});

test('the mean of many roundings is the value', () => {
  const random = seededRandom(2);
  const point = { bits: 8, range: 1 };
  const given = [-0.9999, -0.3, -0.0011, 0.0042, 0.77];
  const runs = 20_000;
  for (const value of given) {
    const whole = quantise(new Float32Array(runs).fill(value), point, random.next);
    const mean = (whole.reduce((sum, one) => sum + one, 0) / runs) * unitOf(point);
    // a rounding's deviation is at most half a unit: five of the mean's
    assert.ok(Math.abs(mean - value) < (5 * unitOf(point)) / 2 / Math.sqrt(runs), `${value} became ${mean}`);
  }
});

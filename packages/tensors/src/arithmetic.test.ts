import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { add, addScaled, allFinite, cloneTensors, norm, scale, subtract } from './arithmetic.ts';
import { type TensorMap, tensor } from './tensor.ts';

const a: TensorMap = new Map([
  ['x', tensor([2], [1, 2])],
  ['y', tensor([1, 2], [3, -4])],
]);
const b: TensorMap = new Map([
  ['y', tensor([1, 2], [10, 20])],
  ['x', tensor([2], [0.5, 0.25])],
]);
const values = (map: TensorMap) => [...map].map(([name, { data }]) => [name, ...data]);

test('sums, differences and multiples go by name, not by order', () => {
  assert.deepEqual(values(add(a, b)), [
    ['x', 1.5, 2.25],
    ['y', 13, 16],
  ]);
  assert.deepEqual(values(subtract(a, b)), [
    ['x', 0.5, 1.75],
    ['y', -7, -24],
  ]);
  assert.deepEqual(values(addScaled(a, b, 2)), [
    ['x', 2, 2.5],
    ['y', 23, 36],
  ]);
  assert.deepEqual(values(scale(a, -1)), [
    ['x', -1, -2],
    ['y', -3, 4],
  ]);
  assert.deepEqual(values(a)[0], ['x', 1, 2]);
});

test('a mismatch names the tensor', () => {
  const other: TensorMap = new Map([['x', tensor([2], [1, 2])]]);
  assert.throws(() => add(a, other), /tensor y is missing on the right/);
  assert.throws(() => add(other, a), /tensor y is missing on the left/);
  const turned: TensorMap = new Map([...a, ['y', tensor([2, 1], [1, 2])]]);
  assert.throws(() => add(a, turned), /tensor y has shape \[1, 2\] on the left and \[2, 1\] on the right/);
});

test('the norm is over all tensors and summed in f64', () => {
  assert.equal(
    norm(
      new Map([
        ['x', tensor([2], [3, 0])],
        ['y', tensor([], [4])],
      ]),
    ),
    5,
  );
  assert.equal(norm(new Map()), 0);
  const small = Float32Array.from({ length: 20_001 }, (_, i) => (i === 0 ? 4096 : 1)); // an f32 sum would stick at 2^24
  assert.equal(norm(new Map([['x', { shape: [20_001], data: small }]])), Math.sqrt(2 ** 24 + 20_000));
});

test('NaN and infinities are found wherever they stand', () => {
  assert.ok(allFinite(a));
  fc.assert(
    fc.property(fc.nat(4), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -Infinity), (place, bad) => {
      const data = new Float32Array(5);
      data[place] = bad;
      assert.ok(!allFinite(new Map([...a, ['z', { shape: [5], data }]])));
    }),
  );
});

test('a clone shares no memory', () => {
  const clone = cloneTensors(a);
  assert.deepEqual(values(clone), values(a));
  clone.get('x')!.data[0] = 99;
  assert.equal(a.get('x')!.data[0], 1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elementCount, sameShape, sameTensor, tensor, zeros } from './tensor.ts';

test('elements are counted, scalars and empty dimensions included', () => {
  assert.equal(elementCount([]), 1);
  assert.equal(elementCount([2, 3, 4]), 24);
  assert.equal(elementCount([5, 0]), 0);
});

test('sizes that are none, and products past 2^53, are refused', () => {
  for (const size of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, -0]) {
    assert.throws(() => elementCount([2, size]), RangeError);
  }
  assert.throws(() => elementCount([2 ** 30, 2 ** 30]), /less than 2\^53/);
});

test('tensors are built with matching values only', () => {
  assert.deepEqual(tensor([1, 2], [3, 4]), { shape: [1, 2], data: Float32Array.of(3, 4) });
  assert.throws(() => tensor([2, 2], [1]), /shape \[2, 2\] holds 4 values, not 1/);
  assert.deepEqual(zeros([2]), tensor([2], [0, 0]));
});

test('shapes are compared size by size', () => {
  assert.ok(sameShape([2, 3], [2, 3]));
  assert.ok(!sameShape([2, 3], [3, 2]));
  assert.ok(!sameShape([2], [2, 1]));
});

test('tensors are the same by shape and by every bit', () => {
  const one = tensor([2], [0, Number.NaN]);
  assert.ok(sameTensor(one, tensor([2], [0, Number.NaN])));
  for (const other of [tensor([2], [-0, Number.NaN]), tensor([1, 2], [0, Number.NaN]), undefined])
    assert.equal(sameTensor(one, other), false);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TensorMap, tensor } from '@colora/tensors/tensor';
import fc from 'fast-check';
import { cosineSimilarity } from './similarity.ts';

const pair = (x: readonly number[], y: readonly number[]): TensorMap =>
  new Map([
    ['x', tensor([x.length], x)],
    ['y', tensor([y.length], y)],
  ]);

test('cosines over all tensors, in the order given', () => {
  const { names, matrix } = cosineSimilarity(
    new Map([
      ['ann', pair([1, 0], [0])],
      ['bob', pair([3, 0], [4])],
      ['cem', pair([-2, 0], [0])],
      ['dia', pair([0, 5], [0])],
    ]),
  );
  assert.deepEqual(names, ['ann', 'bob', 'cem', 'dia']);
  assert.deepEqual(
    matrix.map((row) => row.map((value) => Math.round(value * 1e12) / 1e12 + 0)),
    [
      [1, 0.6, -1, 0],
      [0.6, 1, -0.6, 0],
      [-1, -0.6, 1, 0],
      [0, 0, 0, 1],
    ],
  );
});

test('only tensors that both sent count; nothing in common or a zero update is 0', () => {
  const { matrix } = cosineSimilarity(
    new Map<string, TensorMap>([
      ['ann', pair([1, 2], [100])],
      ['bob', new Map([['x', tensor([2], [2, 4])]])],
      ['cem', new Map([['y', tensor([1], [0])]])],
    ]),
  );
  assert.ok(Math.abs(matrix[0]![1]! - 1) < 1e-12);
  assert.equal(matrix[1]![2], 0);
  assert.equal(matrix[0]![2], 0);
});

test('symmetric, bounded, blind to scale', () => {
  const vector = fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(vector, vector, fc.constantFrom(0.5, 2, 1024), (a, b, factor) => {
      const updates = new Map([
        ['a', pair(a, [])],
        ['b', pair(b, [])],
        [
          'more',
          pair(
            b.map((value) => value * factor),
            [],
          ),
        ],
      ]);
      const { matrix } = cosineSimilarity(updates);
      for (const [i, row] of matrix.entries()) {
        for (const [j, value] of row.entries()) {
          assert.ok(value >= -1 && value <= 1);
          assert.equal(value, matrix[j]![i]);
        }
      }
      assert.ok(Math.abs(matrix[0]![1]! - matrix[0]![2]!) < 1e-6);
    }),
  );
});

test('different shapes under one name are refused', () => {
  const updates = new Map([
    ['a', pair([1], [1])],
    ['b', pair([1, 2], [1])],
  ]);
  assert.throws(() => cosineSimilarity(updates), /tensor x has different shapes/);
});

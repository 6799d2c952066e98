import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chanceOfBeingBehind, estimate, pairedDifference } from './statistics.ts';

test('mean and standard error of a known sample', () => {
  const { mean, standardError } = estimate([2, 4, 4, 4, 5, 5, 7, 9]);
  assert.equal(mean, 5);
  assert.ok(Math.abs(standardError - Math.sqrt(32 / 7 / 8)) < 1e-12);
  assert.deepEqual(estimate([3]), { mean: 3, standardError: 0 });
  assert.throws(() => estimate([]), /at least one/);
});

test('a paired difference has no error where everybody gains the same', () => {
  const difference = pairedDifference([0.9, 0.6, 0.8], [0.8, 0.5, 0.7]);
  assert.ok(Math.abs(difference.mean - 0.1) < 1e-12);
  assert.ok(difference.standardError < 1e-12);
  assert.throws(() => pairedDifference([1], []), /equally many/);
});

test('chance alone puts one behind as often as the sign test says', () => {
  assert.equal(chanceOfBeingBehind(0, 0), 0, 'who never disagrees is never behind');
  assert.ok(Math.abs(chanceOfBeingBehind(1, 0.5) - 1 / 2) < 1e-12);
  assert.ok(
    Math.abs(chanceOfBeingBehind(4, 2) - 1 / 16) < 1e-12,
    'four lost of four; three are just two behind',
  );
  assert.ok(Math.abs(chanceOfBeingBehind(3, 0) - 1 / 2) < 1e-12);
  assert.ok(chanceOfBeingBehind(5000, 0) > 0.49 && chanceOfBeingBehind(5000, 0) < 0.5);
});

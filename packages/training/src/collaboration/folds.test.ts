// Folds: every fold has its share of each label, and the seed alone decides.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stratifiedFolds } from './folds.ts';

const labels = [0, 1, 0, 2, 0, 1, 0, 2, 0, 1, 0, 1, 0, 0, 2, 2, 1];

test('folds of a label differ by one example at most', () => {
  const folds = stratifiedFolds(labels, 4, 'x');
  for (const label of [0, 1, 2]) {
    const counts = [0, 0, 0, 0];
    for (const [i, fold] of folds.entries()) if (labels[i] === label) counts[fold]! += 1;
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${label}: ${counts}`);
  }
});

test('the same seed gives the same folds, another one others', () => {
  assert.deepEqual(stratifiedFolds(labels, 4, 7), stratifiedFolds(labels, 4, 7));
  assert.notDeepEqual(stratifiedFolds(labels, 4, 7), stratifiedFolds(labels, 4, 8));
  assert.deepEqual(stratifiedFolds([], 4, 7), []);
});

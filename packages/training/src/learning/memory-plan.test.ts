import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrainingError } from '../training-error.ts';
import { memoryLine } from './memory-plan.ts';

const need = { weights: 5e8, step: 9e8 };

test('what a step needs is said, and what is free where that is less', () => {
  const line = memoryLine(need, { total: 8e9, available: 4e9 });
  assert.equal(
    line,
    'a training step needs about 1.4 GB: 0.5 GB of weights, which processes share, and 0.9 GB of its own',
  );
  assert.match(memoryLine(need, { total: 8e9, available: 1e9 }), /; only 1\.0 GB are free now$/);
});

test('a machine that has less in all is told so before anything runs', () => {
  assert.throws(
    () => memoryLine(need, { total: 1e9, available: 1e9 }),
    (error) =>
      error instanceof TrainingError &&
      error.code === 'not-enough-memory' &&
      /about 1\.4 GB .*this machine has 1\.0 GB.*--recompute.*--base-precision 8bit/.test(error.message),
  );
});

test('this machine has some', () => {
  assert.match(memoryLine({ weights: 1, step: 1 }), /^a training step needs about 0\.0 GB/);
});

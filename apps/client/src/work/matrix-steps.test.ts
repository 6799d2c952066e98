// The writing of a base model as steps: from its beginning, or from where another process has come to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matrixSteps } from './matrix-steps.ts';

function stepsOf(matrices: readonly number[], of: number): string[] {
  const seen: string[] = [];
  const { onMatrix } = matrixSteps(
    { what: 'opening' },
    () => seen.push('step'),
    ({ what, done, steps }) => seen.push(steps === undefined ? what : `${what} from ${done} of ${steps}`),
  );
  for (const matrix of matrices) onMatrix(matrix, of, '8bit');
  return seen;
}

const from = (done: number, of: number) => `keeping the base model in 8bit, once from ${done} of ${of}`;

test('each matrix is a step, then the opening goes on', () => {
  assert.deepEqual(stepsOf([0, 1, 2], 2), [from(0, 2), 'step', 'step', 'opening']);
});

test('another process began: the steps go on from where it is, or anew where it was killed', () => {
  assert.deepEqual(stepsOf([3, 4, 5], 5), [from(3, 5), 'step', 'step', 'opening']);
  assert.deepEqual(stepsOf([3, 4, 0, 1], 5), [from(3, 5), 'step', from(0, 5), 'step']);
  assert.deepEqual(stepsOf([5], 5), [from(5, 5), 'opening']);
});

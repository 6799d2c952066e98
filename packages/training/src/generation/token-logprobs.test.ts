import assert from 'node:assert/strict';
import { test } from 'node:test';
import { highestScores, logprobsOf } from './token-logprobs.ts';

test('probabilities of all tokens sum up to one, however large the scores', () => {
  for (const shift of [0, 1000, -1000]) {
    const scores = Float32Array.from([1, 3, -2, 3, 0.5], (score) => score + shift);
    const logprobs = logprobsOf(scores, [0, 1, 2, 3, 4]);
    const sum = logprobs.reduce((total, logprob) => total + Math.exp(logprob), 0);
    assert.ok(Math.abs(sum - 1) < 1e-5, `${sum}`);
    assert.ok(Math.abs(logprobs[1]! - logprobs[0]! - 2) < 1e-5);
  }
});

test('the likeliest in order, of equal ones the first, none where none are asked for', () => {
  const scores = Float32Array.from([1, 3, -2, 3, 0.5]);
  assert.deepEqual(highestScores(scores, 3), [1, 3, 0]);
  assert.deepEqual(highestScores(scores, 9), [1, 3, 0, 4, 2]);
  assert.deepEqual(highestScores(scores, 0), []);
});

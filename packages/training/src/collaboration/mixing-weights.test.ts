// Weights of the mixture against the same iteration in numpy, and what a guard rests on: clear evidence wins, none leaves the prior.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mixedProbabilities, mixingWeights, priorWithoutGroup } from './mixing-weights.ts';

const logs = [
  [-0.2, -0.7],
  [-1.1, -0.3],
  [-0.5, -0.4],
  [-2, -0.1],
  [-0.05, -0.9],
  [-0.6, -0.55],
];
function close(found: readonly number[], wanted: readonly number[]): void {
  for (const [k, value] of wanted.entries())
    assert.ok(Math.abs(found[k]! - value) < 1e-7, `${found[k]} is not ${value}`);
}

test('are the reference’s, under the prior without a group’s figures and under another', () => {
  close(mixingWeights(logs, priorWithoutGroup), [0.23783405, 0.76216595]);
  close(mixingWeights(logs, { weights: [0.4, 0.6], strength: 8 }), [0.37962901, 0.62037099]);
});

test('without examples the prior stands; many that one arm explains outweigh it', () => {
  close(mixingWeights([], priorWithoutGroup), [0.25, 0.75]);
  const clear = Array.from({ length: 64 }, () => [-0.05, -1.5]);
  assert.ok(mixingWeights(clear, priorWithoutGroup)[0]! > 0.9);
});

test('an arm that finds the right label impossible is not followed into it', () => {
  const weights = mixingWeights([[-1e9, -0.1]], priorWithoutGroup);
  assert.ok(weights.every(Number.isFinite) && Math.abs(weights[0]! + weights[1]! - 1) < 1e-12);
});

test('a mixture of distributions is one, over the labels of all arms', () => {
  const mixed = mixedProbabilities(
    [
      { a: 0.9, b: 0.1 },
      { a: 0.2, b: 0.3, c: 0.5 },
    ],
    [0.25, 0.75],
  );
  close([mixed.a!, mixed.b!, mixed.c!], [0.375, 0.25, 0.375]);
});

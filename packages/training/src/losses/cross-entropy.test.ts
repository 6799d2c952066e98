// The losses against log softmax written out, and their gradients, also where exponentials would overflow.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { tfjsEngine } from '../engines/tfjs-engine.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';

before(() => tfjsEngine(() => undefined, ['cpu']));

const logits = [
  [1, 2, 3],
  [500, -500, 499],
];
const right = [2, 2];

function probabilities(row: number[]): number[] {
  const top = Math.max(...row);
  const sum = row.reduce((total, value) => total + Math.exp(value - top), 0);
  return row.map((value) => Math.exp(value - top) / sum);
}

const weights = [1, 3];
const losses = logits.map((row, i) => -Math.log(probabilities(row)[right[i]!]!));
const slopes = logits.map((row, i) =>
  probabilities(row).map((p, j) => weights[i]! * (p - (j === right[i] ? 1 : 0))),
);

function check(loss: (x: tf.Tensor2D) => tf.Tensor1D) {
  const x = tf.tensor2d(logits);
  const values = loss(x).dataSync();
  values.forEach((value, i) => {
    assert.ok(Math.abs(value - losses[i]!) < 1e-5, `row ${i}: ${value}, expected ${losses[i]}`);
  });
  const gradient = tf
    .grad((scores: tf.Tensor) => tf.sum(tf.mul(loss(scores as tf.Tensor2D), weights)))(x)
    .dataSync();
  slopes.flat().forEach((slope, i) => {
    assert.ok(Math.abs(gradient[i]! - slope) < 1e-5, `at ${i}: ${gradient[i]}, expected ${slope}`);
  });
}

test('classes', () => {
  const targets = tf.tensor2d([
    [0, 0, 1],
    [0, 0, 1],
  ]);
  check((x) => softmaxCrossEntropy(x, targets));
});

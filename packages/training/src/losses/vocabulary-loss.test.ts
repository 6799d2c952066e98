// The loss over a vocabulary and its gradient against the formula written out in plain numbers, in one piece and in
// several, also where exponentials would overflow.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { seededRandom } from '@colora/tensors/random';
import * as tf from '@tensorflow/tfjs-core';
import { tfjsEngine } from '../engines/tfjs-engine.ts';
import { vocabularyLoss, vocabularyScores } from './vocabulary-loss.ts';

before(() => tfjsEngine(() => undefined, ['cpu']));

interface Problem {
  readonly rows: number;
  readonly width: number;
  readonly vocabulary: number;
  /** States are so large. */
  readonly size: number;
}

function draw({ rows, width, vocabulary, size }: Problem) {
  const random = seededRandom(`vocabulary ${rows} ${vocabulary}`);
  const numbers = (count: number, scale: number) =>
    Float32Array.from({ length: count }, () => random.gaussian() * scale);
  return {
    states: numbers(rows * width, size),
    matrix: numbers(vocabulary * width, 1),
    targets: Int32Array.from({ length: rows }, () => random.integer(vocabulary)),
    weights: Float32Array.from({ length: rows }, (_, i) => (i % 3 === 2 ? 0 : (i + 1) / rows)),
  };
}

/** Losses of the rows, hits and the gradient of the weighted sum, in double precision. */
function expectedOf({ rows, width, vocabulary }: Problem, drawn: ReturnType<typeof draw>) {
  const { states, matrix, targets, weights } = drawn;
  const gradient = new Float64Array(rows * width);
  const losses: number[] = [];
  const hits: number[] = [];
  for (let row = 0; row < rows; row += 1) {
    const scores = Array.from({ length: vocabulary }, (_, token) => {
      let sum = 0;
      for (let i = 0; i < width; i += 1) sum += states[row * width + i]! * matrix[token * width + i]!;
      return sum;
    });
    const top = scores.reduce((most, score) => Math.max(most, score));
    const sum = scores.reduce((total, score) => total + Math.exp(score - top), 0);
    losses.push(Math.log(sum) + top - scores[targets[row]!]!);
    hits.push(scores[targets[row]!] === top ? 1 : 0);
    scores.forEach((score, token) => {
      const slope = Math.exp(score - top) / sum - (token === targets[row] ? 1 : 0);
      for (let i = 0; i < width; i += 1) {
        gradient[row * width + i]! += weights[row]! * slope * matrix[token * width + i]!;
      }
    });
  }
  return { losses, hits, gradient, loss: losses.reduce((sum, loss, row) => sum + loss * weights[row]!, 0) };
}

for (const problem of [
  { rows: 5, width: 4, vocabulary: 11, size: 1 },
  { rows: 3, width: 4, vocabulary: 11, size: 300 },
  { rows: 3, width: 8192, vocabulary: 2100, size: 0.01 },
]) {
  test(`${problem.rows} rows, ${problem.vocabulary} tokens, states of about ${problem.size}`, () => {
    const { rows, width, vocabulary } = problem;
    const drawn = draw(problem);
    const expected = expectedOf(problem, drawn);
    const states = tf.tensor2d(drawn.states, [rows, width]);
    const matrix = tf.tensor2d(drawn.matrix, [vocabulary, width]);
    const targets = tf.tensor1d(drawn.targets, 'int32');
    const lossOf = (x: tf.Tensor) =>
      vocabularyLoss(x as tf.Tensor2D, matrix, targets, tf.tensor1d(drawn.weights));
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => tf.mul(lossOf(x), 2) as tf.Scalar)(states);
    assertClose([value.dataSync()[0]! / 2], [expected.loss], 'loss');
    assertClose(
      grad.dataSync().map((slope) => slope / 2),
      expected.gradient,
      'gradient',
    );
    const { losses, hits } = vocabularyScores(states, matrix, targets);
    assertClose(losses.dataSync(), expected.losses, 'losses');
    assert.deepEqual([...hits.dataSync()], expected.hits);
  });
}

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  const scale = Array.from(expected, Math.abs).reduce((top, value) => Math.max(top, value), 1);
  for (let i = 0; i < expected.length; i += 1) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    assert.ok(difference <= 2e-5 * scale, `${what} ${i}: ${actual[i]}, expected ${expected[i]}`);
  }
}

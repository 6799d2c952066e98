// Losses over a vocabulary, straight from a language model's states: the scores of all tokens, a model's widest result
// by far, are made a piece of rows at a time and never kept. Losses over few classes are in cross-entropy.ts.
import * as tf from '@tensorflow/tfjs-core';

/** Bytes of scores that are there at a time. */
const pieceBytes = 32 * 2 ** 20;
/** Fewer rows would read the vocabulary's matrix more often than they use it. */
const fewestRows = 64;

/**
 * sum_i weights[i] * -log softmax(states[i] matrix^T)[targets[i]]. states [N, d], matrix [V, d] (frozen), targets int32
 * [N], weights [N] -> []. The gradient of the states is made with the loss, piece by piece, from the same scores:
 * weights[i] (softmax matrix - matrix[target]).
 */
export function vocabularyLoss(
  states: tf.Tensor2D,
  matrix: tf.Tensor2D,
  targets: tf.Tensor1D,
  weights: tf.Tensor1D,
): tf.Scalar {
  const run = tf.customGrad((given: tf.Tensor | tf.GradSaveFunc, save: tf.Tensor | tf.GradSaveFunc) => {
    const pieces = inPieces(given as tf.Tensor2D, matrix, targets).map(({ rows, tokens, start, count }) => {
      const { losses, exponentials, sums } = scorePiece(rows, matrix, tokens);
      const share = tf.slice(weights, start, count);
      const column = tf.reshape(share, [count, 1]);
      const expected = tf.mul(tf.matMul(exponentials, matrix), tf.div(column, sums)); // [n, d]
      const slope = tf.sub(expected, tf.mul(tf.gather(matrix, tokens), column));
      return { loss: tf.sum(tf.mul(losses, share)), slope };
    });
    (save as tf.GradSaveFunc)([joined(pieces.map(({ slope }) => slope))]);
    return {
      value: tf.addN(pieces.map(({ loss }) => loss)),
      gradFunc: (dy: tf.Tensor, [slope]: tf.Tensor[]) => tf.mul(slope!, dy),
    };
  });
  return run(states) as tf.Scalar;
}

/** Loss of each row, and 1 where the right token has the highest score, else 0; no gradient. [N] each. */
export function vocabularyScores(
  states: tf.Tensor2D,
  matrix: tf.Tensor2D,
  targets: tf.Tensor1D,
): { losses: tf.Tensor1D; hits: tf.Tensor1D } {
  const pieces = inPieces(states, matrix, targets).map(({ rows, tokens }) => {
    const { losses, right, tops } = scorePiece(rows, matrix, tokens);
    return { losses, hits: tf.cast(tf.greaterEqual(right, tops), 'float32') as tf.Tensor1D };
  });
  return {
    losses: joined(pieces.map(({ losses }) => losses)),
    hits: joined(pieces.map(({ hits }) => hits)),
  };
}

interface Piece {
  readonly rows: tf.Tensor2D;
  readonly tokens: tf.Tensor1D;
  readonly start: number;
  readonly count: number;
}

function inPieces(states: tf.Tensor2D, matrix: tf.Tensor2D, targets: tf.Tensor1D): Piece[] {
  const [total, width] = states.shape;
  const most = Math.max(fewestRows, Math.floor(pieceBytes / (4 * matrix.shape[0])));
  const number = Math.ceil(total / most);
  const size = Math.ceil(total / number);
  return Array.from({ length: number }, (_, i) => {
    const start = i * size;
    const count = Math.min(size, total - start);
    const rows = tf.slice(states, [start, 0], [count, width]);
    return { rows, tokens: tf.slice(targets, start, count), start, count };
  });
}

function joined<T extends tf.Tensor>(pieces: readonly T[]): T {
  return pieces.length === 1 ? pieces[0]! : tf.concat<T>([...pieces], 0);
}

/** rows [n, d] -> losses, right and top scores [n]; exponentials [n, V] and their sums [n, 1] below the top score. */
function scorePiece(rows: tf.Tensor2D, matrix: tf.Tensor2D, tokens: tf.Tensor1D) {
  const [count] = rows.shape;
  const vocabulary = matrix.shape[0];
  const scores: tf.Tensor2D = tf.matMul(rows, matrix, false, true);
  const starts = tf.tensor1d(
    Int32Array.from({ length: count }, (_, row) => row * vocabulary),
    'int32',
  );
  const right: tf.Tensor1D = tf.gather(tf.reshape(scores, [count * vocabulary]), tf.add(tokens, starts));
  const top = tf.max(scores, 1, true); // [n, 1]
  const tops: tf.Tensor1D = tf.reshape(top, [count]);
  const exponentials: tf.Tensor2D = tf.exp(tf.sub(scores, top));
  const sums = tf.sum(exponentials, 1, true);
  const losses: tf.Tensor1D = tf.sub(tf.add(tf.log(tf.reshape(sums, [count])), tops), right);
  return { losses, right, tops, exponentials, sums };
}

// Losses over a vocabulary, straight from a language model's states: the scores of all tokens, a model's widest result
// by far, are made for a part of the vocabulary at a time and never kept. Losses over few classes are in cross-entropy.ts.
import { after } from '@colora/models/blocks/in-turn';
import * as tf from '@tensorflow/tfjs-core';

/** Changed by tests alone, so that small vocabularies have parts too. */
export const vocabularyParts = {
  /** Bytes of scores that are there at a time, and of a part of the matrix, which may have to be made floats. */
  scores: 32 * 2 ** 20,
  matrix: 64 * 2 ** 20,
  /** Smaller parts would cost more than they save. */
  fewestTokens: 1024,
};

/** Rows of the matrix [n, d], from the token `start` on. */
interface Rows {
  readonly start: number;
  readonly tokens: tf.Tensor2D;
}

/**
 * sum_i weights[i] * -log softmax(states[i] matrix^T)[targets[i]]. states [N, d], matrix [V, d] (frozen), targets int32
 * [N], weights [N] -> []. The gradient of the states, weights[i] (softmax matrix - matrix[target]), is made with the loss
 * from the same scores: sums over the tokens so far are taken lower whenever a higher score turns up (arXiv 1805.02867).
 * `rounded`: the matrix's parts in fewer bits, to be scored in its place. The right token then stays out of them: the surer
 * a model is of it, the less is left of the gradient, and its own row's rounding would soon be all there is.
 */
export function vocabularyLoss(
  states: tf.Tensor2D,
  matrix: tf.Tensor2D,
  targets: tf.Tensor1D,
  weights: tf.Tensor1D,
  rounded?: readonly tf.Tensor2D[],
): tf.Scalar {
  const run = tf.customGrad((given: tf.Tensor | tf.GradSaveFunc, save: tf.Tensor | tf.GradSaveFunc) => {
    const rows = given as tf.Tensor2D;
    const right: tf.Tensor2D = tf.gather(matrix, targets); // [N, d]
    const logits = tf.sum<tf.Tensor2D>(tf.mul(rows, right), 1, true);
    const { tops, sums, expected } =
      rounded === undefined
        ? expectedRow(rows, cut(states, matrix), tf.matMul)
        : expectedRow(rows, inOrder(rounded), summed, { targets, right, logits });
    const losses = tf.relu(tf.sub(tf.add(tf.log(sums), tops), logits)); // [N, 1]; below 0 by rounding alone
    const column = tf.reshape(weights, losses.shape);
    (save as tf.GradSaveFunc)([tf.mul(tf.sub(tf.div(expected, sums), right), column)]);
    return {
      value: tf.sum(tf.mul(losses, column)),
      gradFunc: (dy: tf.Tensor, [slope]: tf.Tensor[]) => tf.mul(slope!, dy),
    };
  });
  return run(states) as tf.Scalar;
}

/** softmax matrix, times the sums [N, d]; `times` multiplies a part's exponentials with its tokens. */
function expectedRow(
  rows: tf.Tensor2D,
  parts: readonly Rows[],
  times: (exponentials: tf.Tensor2D, tokens: tf.Tensor2D) => tf.Tensor2D,
  apart?: Apart,
) {
  let expected = apart?.right;
  const { tops, sums } = overVocabulary(
    rows,
    parts,
    ({ tokens, exponentials, fade }) => {
      const more = times(exponentials, tokens);
      expected = expected === undefined ? more : tf.add<tf.Tensor2D>(more, tf.mul(expected, fade!));
      return expected;
    },
    apart,
  );
  return { tops, sums, expected: expected! };
}

/** Of the highest score's token; what is less likely is multiplied apart from the others. */
const rare = 1 / 16;

/**
 * exponentials tokens, where products round to bytes: each row's values then share a scale, and all below a 500th of the highest
 * become nothing. There are many of them, which together count: they have a scale of their own.
 */
function summed(exponentials: tf.Tensor2D, tokens: tf.Tensor2D): tf.Tensor2D {
  const likely = tf.mul<tf.Tensor2D>(exponentials, tf.cast(tf.greater(exponentials, rare), 'float32'));
  return tf.add(tf.matMul(likely, tokens), tf.matMul(tf.sub<tf.Tensor2D>(exponentials, likely), tokens));
}

/** Loss of each row, and 1 where the right token has the highest score, else 0; no gradient. [N] each. */
export function vocabularyScores(
  states: tf.Tensor2D,
  matrix: tf.Tensor2D,
  targets: tf.Tensor1D,
): { losses: tf.Tensor1D; hits: tf.Tensor1D } {
  const [count] = states.shape;
  let right: tf.Tensor2D = tf.zeros([count, 1]);
  const { tops, sums } = overVocabulary(states, cut(states, matrix), ({ start, scores, topsBefore }) => {
    const found = ownScores(scores, tf.sub(targets, tf.scalar(start, 'int32')));
    right = tf.where(found.inside, tf.add(found.scores, topsBefore), right);
    return right;
  });
  const losses = tf.sub(tf.add(tf.log(sums), tops), right);
  return {
    losses: tf.reshape(losses, [count]),
    hits: tf.reshape(tf.cast(tf.greaterEqual(right, tops), 'float32'), [count]),
  };
}

/** Each row's score [N, 1] of the token at its place in this part, and whether it lies there. */
function ownScores(scores: tf.Tensor2D, places: tf.Tensor1D) {
  const [count, size] = scores.shape;
  const zero = tf.scalar(0, 'int32');
  const inside = tf.logicalAnd(tf.greaterEqual(places, zero), tf.less(places, tf.scalar(size, 'int32')));
  const within = tf.minimum(tf.maximum(places, zero), tf.scalar(size - 1, 'int32'));
  const starts = tf.tensor1d(
    Int32Array.from({ length: count }, (_, row) => row * size),
    'int32',
  );
  const flat = tf.reshape(scores, [count * size]);
  return {
    inside: tf.reshape(inside, [count, 1]),
    scores: tf.reshape(tf.gather(flat, tf.add(within, starts)), [count, 1]) as tf.Tensor2D,
  };
}

interface Part extends Rows {
  /** Above the tops before, [N, n] */
  readonly scores: tf.Tensor2D;
  /** exp of what scores lie below the tops of now, [N, n] */
  readonly exponentials: tf.Tensor2D;
  readonly topsBefore: tf.Tensor2D;
  /** What sums so far are to be multiplied with, since the tops have risen, [N, 1]; none in the first part. */
  readonly fade?: tf.Tensor2D;
}

/** A token of each row that is scored by itself, beside the parts: its row of the matrix [N, d] and its score [N, 1]. */
interface Apart {
  readonly targets: tf.Tensor1D;
  readonly right: tf.Tensor2D;
  readonly logits: tf.Tensor2D;
}

/**
 * Visits the vocabulary part by part: the highest score of each row, and the sum of exponentials below it, [N, 1] each. A
 * part is begun when nothing of the one before is needed any more.
 */
function overVocabulary(
  states: tf.Tensor2D,
  parts: readonly Rows[],
  visit: (part: Part) => tf.Tensor,
  apart?: Apart,
): { tops: tf.Tensor2D; sums: tf.Tensor2D } {
  let so: { tops: tf.Tensor2D; sums: tf.Tensor2D; visited: tf.Tensor } | undefined =
    apart === undefined
      ? undefined
      : { tops: apart.logits, sums: tf.onesLike(apart.logits), visited: apart.right };
  for (const { start, tokens } of parts) {
    if (so === undefined) {
      const scores: tf.Tensor2D = tf.matMul(states, tokens, false, true);
      const tops: tf.Tensor2D = tf.max(scores, 1, true);
      const exponentials: tf.Tensor2D = tf.exp(tf.sub(scores, tops));
      const visited = visit({ start, tokens, scores, exponentials, topsBefore: tf.zerosLike(tops) });
      so = { tops, sums: tf.sum(exponentials, 1, true), visited };
      continue;
    }
    const topsBefore = so.tops;
    const scores: tf.Tensor2D = tf.matMul(after([so.visited, so.sums], states), tokens, false, true);
    const above: tf.Tensor2D = tf.sub(scores, topsBefore);
    const rise: tf.Tensor2D = tf.relu(tf.max(above, 1, true));
    const all: tf.Tensor2D = tf.exp(tf.sub(above, rise));
    const below =
      apart === undefined ? all : withoutOwn(all, tf.sub(apart.targets, tf.scalar(start, 'int32')));
    const fade: tf.Tensor2D = tf.exp(tf.neg(rise));
    const visited = visit({ start, tokens, scores: above, exponentials: below, topsBefore, fade });
    so = {
      tops: tf.add(topsBefore, rise),
      sums: tf.add(tf.sum(below, 1, true), tf.mul(so.sums, fade)),
      visited,
    };
  }
  return so!;
}

/** The exponentials [N, n] with 0 at each row's place, if that is in this part. */
function withoutOwn(exponentials: tf.Tensor2D, places: tf.Tensor1D): tf.Tensor2D {
  const [count, size] = exponentials.shape;
  const others = tf.notEqual(tf.range(0, size, 1, 'int32'), tf.reshape(places, [count, 1]));
  return tf.mul(exponentials, tf.cast(others, 'float32'));
}

function cut({ shape: [rows, width] }: tf.Tensor2D, matrix: tf.Tensor2D): Rows[] {
  const [vocabulary] = matrix.shape;
  const bound = Math.min(vocabularyParts.scores / (4 * rows), vocabularyParts.matrix / (4 * width));
  const number = Math.ceil(vocabulary / Math.max(vocabularyParts.fewestTokens, Math.floor(bound)));
  const size = Math.ceil(vocabulary / number);
  return Array.from({ length: number }, (_, i) => {
    const start = i * size;
    return { start, tokens: tf.slice(matrix, [start, 0], [Math.min(size, vocabulary - start), width]) };
  });
}

function inOrder(parts: readonly tf.Tensor2D[]): Rows[] {
  let next = 0;
  return parts.map((tokens) => {
    const start = next;
    next += tokens.shape[0];
    return { start, tokens };
  });
}

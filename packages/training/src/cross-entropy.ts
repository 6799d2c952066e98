// Losses over logits in tfjs ops, with their gradients written out: softmax minus target needs no chain of
// kernels backwards and never overflows.
import * as tf from '@tensorflow/tfjs-core';

/** -sum_l targets log softmax(logits), a value a row: logits [N, L], targets [N, L] with rows that sum to 1 -> [N] */
export function softmaxCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Tensor1D {
  const [rows] = logits.shape;
  return withGradient(logits, (scores, save) => {
    const { exponentials, sums, shifted } = stableSoftmax(scores);
    save([tf.div(exponentials, sums)]);
    return {
      value: tf.sub(tf.reshape(tf.log(sums), [rows]), tf.sum(tf.mul(targets, shifted), 1)),
      gradFunc: (dy, [softmax]) => tf.mul(tf.reshape(dy, [rows, 1]), tf.sub(softmax!, targets)),
    };
  });
}

/**
 * The same for one right token a row out of a vocabulary: logits [N, V], `targets` int32 [N] holding row * V + token,
 * so that the right logits are one gather and no [N, V] mask is kept. -> [N]
 */
export function tokenCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor1D): tf.Tensor1D {
  const [rows, vocabulary] = logits.shape;
  return withGradient(logits, (scores, save) => {
    const { exponentials, sums, shifted } = stableSoftmax(scores);
    save([tf.div(exponentials, sums)]);
    const right = tf.gather(tf.reshape(shifted, [rows * vocabulary]), targets);
    return {
      value: tf.sub(tf.reshape(tf.log(sums), [rows]), right),
      gradFunc: (dy, [softmax]) => {
        const hit = tf.cast(tf.equal(tokensOf(targets, rows, vocabulary), columns(vocabulary)), 'float32');
        return tf.mul(tf.reshape(dy, [rows, 1]), tf.sub(softmax!, hit));
      },
    };
  });
}

/** 1 where the right token has the highest score, else 0: [N] */
export function tokenHits(logits: tf.Tensor2D, targets: tf.Tensor1D): tf.Tensor1D {
  const [rows, vocabulary] = logits.shape;
  const right = tf.gather(tf.reshape(logits, [rows * vocabulary]), targets);
  return tf.cast(tf.greaterEqual(right, tf.max(logits, 1)), 'float32') as tf.Tensor1D;
}

interface WithGradient {
  readonly value: tf.Tensor;
  readonly gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor;
}

/** tf.customGrad for a function of one matrix; what the gradient needs is saved, or run eagerly it would be gone. */
function withGradient(
  logits: tf.Tensor2D,
  compute: (scores: tf.Tensor2D, save: tf.GradSaveFunc) => WithGradient,
): tf.Tensor1D {
  const run = tf.customGrad((...given: (tf.Tensor | tf.GradSaveFunc)[]) =>
    compute(given[0] as tf.Tensor2D, given[1] as tf.GradSaveFunc),
  );
  return run(logits) as tf.Tensor1D;
}

function stableSoftmax(logits: tf.Tensor2D) {
  const shifted = tf.sub(logits, tf.max(logits, 1, true)); // [N, L], at most 0
  const exponentials = tf.exp(shifted);
  const sums = tf.sum(exponentials, 1, true); // [N, 1]
  return { shifted, exponentials, sums };
}

/** row * V + token -> token, [N, 1] */
function tokensOf(targets: tf.Tensor1D, rows: number, vocabulary: number): tf.Tensor2D {
  const starts = tf.tensor1d(
    Int32Array.from({ length: rows }, (_, row) => row * vocabulary),
    'int32',
  );
  return tf.reshape(tf.sub(targets, starts), [rows, 1]);
}

function columns(vocabulary: number): tf.Tensor2D {
  return tf.tensor2d(
    Int32Array.from({ length: vocabulary }, (_, column) => column),
    [1, vocabulary],
    'int32',
  );
}

// The loss over a few classes in tfjs ops, with its gradient written out: softmax minus target needs no chain of
// kernels backwards and never overflows. A vocabulary's is vocabulary-loss.ts.
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

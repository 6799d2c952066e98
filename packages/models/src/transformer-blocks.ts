// The pieces that transformer families have in common, in tfjs ops: normalisation, attention, activations.
// No weights' names and no order of layers here: those are each family's own file.
import * as tf from '@tensorflow/tfjs-core';

/** Layer normalisation over the last axis: (x - mean) / sqrt(variance + eps) * gain (+ bias). x [N, d]. */
export function layerNorm(
  x: tf.Tensor2D,
  gain: tf.Tensor,
  bias: tf.Tensor | undefined,
  eps: number,
): tf.Tensor2D {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  const scaled: tf.Tensor2D = tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, eps))), gain);
  return bias === undefined ? scaled : tf.add(scaled, bias);
}

/** Root-mean-square normalisation (arXiv 1910.07467): x / sqrt(mean x^2 + eps) * gain. x [N, d]. */
export function rmsNorm(x: tf.Tensor2D, gain: tf.Tensor, eps: number): tf.Tensor2D {
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), eps))), gain);
}

/** The exact Gaussian error linear unit: x Phi(x) = x (1 + erf(x / sqrt 2)) / 2. */
export function gelu(x: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

/** gelu's tanh approximation (`gelu_new`, `gelu_pytorch_tanh`). */
export function geluTanh(x: tf.Tensor2D): tf.Tensor2D {
  const cube = tf.mul(tf.mul(x, x), x);
  const inner = tf.mul(tf.add(x, tf.mul(cube, 0.044715)), Math.sqrt(2 / Math.PI));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}

/** By the names that config files use. */
export const activations = {
  gelu,
  gelu_new: geluTanh,
  gelu_pytorch_tanh: geluTanh,
  relu: tf.relu<tf.Tensor2D>,
};
export type ActivationName = keyof typeof activations;
export const activationNames = Object.keys(activations) as ActivationName[];

export interface AttentionShape {
  readonly batch: number;
  readonly length: number;
  readonly heads: number;
  readonly headSize: number;
}

/** [B * T, heads * headSize] -> [B, heads, T, headSize] */
export function splitHeads(x: tf.Tensor2D, shape: AttentionShape): tf.Tensor4D {
  const { batch, length, heads, headSize } = shape;
  return tf.transpose(tf.reshape(x, [batch, length, heads, headSize]), [0, 2, 1, 3]) as tf.Tensor4D;
}

/** [B, heads, T, headSize] -> [B * T, heads * headSize] */
export function mergeHeads(x: tf.Tensor4D, shape: AttentionShape): tf.Tensor2D {
  const { batch, length, heads, headSize } = shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * length, heads * headSize]);
}

/**
 * softmax(q k^T / sqrt(headSize) + bias) v, no causal order. k, v [B * T, heads * headSize] as in `shape`;
 * q [B * Q, heads * headSize], Q queries a text (T, or fewer where only some rows are wanted); as q, the result.
 * The scale goes to q, the smaller operand.
 */
export function attend(
  q: tf.Tensor2D,
  k: tf.Tensor2D,
  v: tf.Tensor2D,
  bias: tf.Tensor4D,
  shape: AttentionShape,
): tf.Tensor2D {
  const queryShape = { ...shape, length: q.shape[0] / shape.batch };
  const scaled = tf.mul<tf.Tensor2D>(q, shape.headSize ** -0.5);
  const scores = tf.matMul(splitHeads(scaled, queryShape), splitHeads(k, shape), false, true);
  const weights = tf.softmax(tf.add(scores, bias));
  return mergeHeads(tf.matMul(weights, splitHeads(v, shape)) as tf.Tensor4D, queryShape);
}

/** The weights of a mean over real tokens: mask / count of real tokens, [B, 1, T]; an empty text gives zeros. */
export function meanWeights(mask: tf.Tensor2D): tf.Tensor3D {
  const [batch, length] = mask.shape;
  const counts = tf.maximum(tf.sum(mask, 1, true), 1);
  return tf.reshape(tf.div(mask, counts), [batch, 1, length]);
}

/** The mean over each text's real tokens as one product: x [B * T, d] -> [B, d]. */
export function poolRows(x: tf.Tensor2D, weights: tf.Tensor3D): tf.Tensor2D {
  const [batch, , length] = weights.shape;
  const width = x.shape[1];
  return tf.reshape(tf.matMul(weights, tf.reshape(x, [batch, length, width])), [batch, width]);
}

// Rotary position embedding (RoFormer, arXiv 2104.09864) in the half-split form of LLaMA checkpoints.
// Plain frequencies only: scaled variants (linear, yarn, llama3, …) are refused by the families' configs.
import * as tf from '@tensorflow/tfjs-core';

export interface Rotary {
  /** [1, 1, T, headSize] */
  readonly cos: tf.Tensor4D;
  readonly sin: tf.Tensor4D;
  /** [headSize, headSize]: x @ swap = [-second half, first half]; entries 0 and +-1, so the product is exact. */
  readonly swap: tf.Tensor2D;
}

/** Constants for positions 0 .. length - 1: angle(t, i) = t theta^(-2 i / headSize), the same for both halves. */
export function rotary(length: number, headSize: number, theta: number): Rotary {
  const half = headSize / 2;
  const cos = new Float32Array(length * headSize);
  const sin = new Float32Array(length * headSize);
  for (let position = 0; position < length; position += 1) {
    for (let i = 0; i < headSize; i += 1) {
      const angle = position * theta ** ((-2 * (i % half)) / headSize);
      cos[position * headSize + i] = Math.cos(angle);
      sin[position * headSize + i] = Math.sin(angle);
    }
  }
  const swap = new Float32Array(headSize * headSize);
  for (let i = 0; i < half; i += 1) {
    swap[(i + half) * headSize + i] = -1;
    swap[i * headSize + i + half] = 1;
  }
  const shape: [number, number, number, number] = [1, 1, length, headSize];
  return {
    cos: tf.tensor4d(cos, shape),
    sin: tf.tensor4d(sin, shape),
    swap: tf.tensor2d(swap, [headSize, headSize]),
  };
}

/** x cos + swap(x) sin; x [B, heads, T, headSize]. One small product instead of slices and a concatenation. */
export function rotate(x: tf.Tensor4D, { cos, sin, swap }: Rotary): tf.Tensor4D {
  const swapped = tf.reshape(tf.matMul(tf.reshape(x, [-1, swap.shape[0]]), swap), x.shape);
  return tf.add(tf.mul(x, cos), tf.mul(swapped, sin));
}

// Rotary position embedding (RoFormer, arXiv 2104.09864) in the half-split form of LLaMA checkpoints.
// Where the frequencies come from is rotary-frequencies.ts.
import * as tf from '@tensorflow/tfjs-core';
import type { Frequencies } from './rotary-frequencies.ts';

export interface Rotary {
  /** [1, 1, T, headSize], or [B, 1, T, headSize] where every text has positions of its own. */
  readonly cos: tf.Tensor4D;
  readonly sin: tf.Tensor4D;
  /** [headSize, headSize]: x @ swap = [-second half, first half]; entries 0 and +-1, so the product is exact. */
  readonly swap: tf.Tensor2D;
}

/** Constants for positions 0 .. length - 1: angle(t, i) = t frequencies[i], the same for both halves. */
export function rotary(length: number, frequencies: Frequencies): Rotary {
  const half = frequencies.length;
  const headSize = 2 * half;
  const cos = new Float32Array(length * headSize);
  const sin = new Float32Array(length * headSize);
  for (let position = 0; position < length; position += 1) {
    for (let i = 0; i < headSize; i += 1) {
      const angle = position * frequencies[i % half]!;
      cos[position * headSize + i] = Math.cos(angle);
      sin[position * headSize + i] = Math.sin(angle);
    }
  }
  const shape: [number, number, number, number] = [1, 1, length, headSize];
  return { cos: tf.tensor4d(cos, shape), sin: tf.tensor4d(sin, shape), swap: swapHalves(half) };
}

/** The same at positions known only when it runs; int32 [B, T]. Angles are float32, as transformers takes them. */
export function rotaryAt(positions: tf.Tensor2D, frequencies: Frequencies): Rotary {
  const [batch, length] = positions.shape;
  const places = tf.cast(tf.reshape(positions, [batch, 1, length, 1]), 'float32');
  const both = tf.tensor4d([...frequencies, ...frequencies], [1, 1, 1, 2 * frequencies.length]);
  const angles: tf.Tensor4D = tf.mul(places, both);
  return { cos: tf.cos(angles), sin: tf.sin(angles), swap: swapHalves(frequencies.length) };
}

function swapHalves(half: number): tf.Tensor2D {
  const size = 2 * half;
  const swap = new Float32Array(size * size);
  for (let i = 0; i < half; i += 1) {
    swap[(i + half) * size + i] = -1;
    swap[i * size + i + half] = 1;
  }
  return tf.tensor2d(swap, [size, size]);
}

/** x cos + swap(x) sin; x [B, heads, T, headSize]. One small product instead of slices and a concatenation. */
export function rotate(x: tf.Tensor4D, { cos, sin, swap }: Rotary): tf.Tensor4D {
  const swapped = tf.reshape(tf.matMul(tf.reshape(x, [-1, swap.shape[0]]), swap), x.shape);
  return tf.add(tf.mul(x, cos), tf.mul(swapped, sin));
}

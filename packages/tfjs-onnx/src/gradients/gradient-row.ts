// The interface of a gradient: what tfjs should keep of a kernel's call and how the gradient of each input
// follows from the gradient of the output. Registered in ../gradients.ts.
import * as tf from '@tensorflow/tfjs-core';

export interface GradientRow {
  /** Names of the inputs to keep, in the order they come in `saved`; 'all' where inputs are a list. */
  readonly inputs?: readonly string[] | 'all';
  /** Keeps the first output, last in `saved`. */
  readonly output?: true;
  readonly backward: (
    dy: tf.Tensor,
    saved: tf.Tensor[],
    attributes: tf.NamedAttrMap,
  ) => Record<string, () => tf.Tensor>;
}

export type GradientTable = Readonly<Record<string, GradientRow>>;

/** Sums the gradient of a broadcast operand back to the operand's shape. */
export function unbroadcast(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  const summed = axes.length > 0 ? tf.sum(gradient, axes) : gradient;
  return tf.reshape(summed, shape);
}

export function float(x: tf.Tensor): tf.Tensor {
  return x.dtype === 'float32' ? x : tf.cast(x, 'float32');
}

/** `dy` where the mask holds, 0 elsewhere. */
export function masked(dy: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  return tf.mul(dy, tf.cast(mask, 'float32'));
}

export const nothing = (x: tf.Tensor): tf.Tensor => tf.zeros(x.shape, 'float32');

// Gradients of kernels that fold axes or normalise along one.
import * as tf from '@tensorflow/tfjs-core';
import { type GradientRow, type GradientTable, nothing } from './gradient-row.ts';

function axesOf(axis: unknown, shape: number[]): number[] {
  return tf.util.parseAxisParam(axis as number[], shape);
}

/** The shape of a reduction of x with the reduced axes kept as 1: what broadcasts back to x. */
function kept(x: tf.Tensor, axes: readonly number[]): number[] {
  return x.shape.map((dimension, i) => (axes.includes(i) ? 1 : dimension));
}

function spread(dy: tf.Tensor, x: tf.Tensor, axes: readonly number[]): tf.Tensor {
  return tf.broadcastTo(tf.reshape(dy, kept(x, axes)), x.shape);
}

const sum: GradientRow = {
  inputs: ['x'],
  backward: (dy, [x], { axis }) => ({ x: () => spread(dy, x!, axesOf(axis, x!.shape)) }),
};

const mean: GradientRow = {
  inputs: ['x'],
  backward: (dy, [x], { axis }) => ({
    x: () => {
      const axes = axesOf(axis, x!.shape);
      const count = axes.reduce((product, one) => product * x!.shape[one]!, 1);
      return spread(tf.div(dy, count), x!, axes);
    },
  }),
};

/** Every element that equals the extreme takes the whole gradient, as in tfjs. */
const extreme = (axisName: string): GradientRow => ({
  inputs: ['x'],
  output: true,
  backward: (dy, [x, y], attributes) => ({
    x: () => {
      const shape = kept(x!, axesOf(attributes[axisName], x!.shape));
      return tf.mul(tf.reshape(dy, shape), tf.cast(tf.equal(x!, tf.reshape(y!, shape)), 'float32'));
    },
  }),
});

/** d prod / d x_i is the product of the others, multiplied out (not prod / x_i), so that zeros are right. */
const prod: GradientRow = {
  inputs: ['x'],
  backward: (dy, [x], { axis }) => ({
    x: () => {
      const axes = axesOf(axis, x!.shape);
      const rest = x!.shape.map((_, i) => i).filter((i) => !axes.includes(i));
      const order = [...rest, ...axes];
      const moved = tf.transpose(x!, order);
      const count = axes.reduce((product, one) => product * x!.shape[one]!, 1);
      const rows = tf.reshape(moved, [-1, 1, count]);
      const diagonal = tf.cast(tf.eye(count), 'bool');
      const others = tf.where(tf.expandDims(diagonal, 0), tf.ones([1, 1, 1]), rows);
      const products = tf.mul(tf.prod(others, 2), tf.reshape(dy, [-1, 1]));
      return tf.transpose(tf.reshape(products, moved.shape), tf.backend_util.getUndoAxesPermutation(order));
    },
  }),
};

const softmax: GradientRow = {
  output: true,
  backward: (dy, [y], { dim }) => ({
    logits: () => tf.mul(y!, tf.sub(dy, tf.sum(tf.mul(dy, y!), dim as number, true))),
  }),
};

const logSoftmax: GradientRow = {
  output: true,
  backward: (dy, [y], { axis }) => ({
    logits: () => tf.sub(dy, tf.mul(tf.exp(y!), tf.sum(dy, axis as number, true))),
  }),
};

const cumsum: GradientRow = {
  backward: (dy, _, { axis, exclusive, reverse }) => ({
    x: () => tf.cumsum(dy, axis as number, exclusive as boolean, !reverse),
  }),
};

const none: GradientRow = {
  inputs: ['x'],
  backward: (_, [x]) => ({ x: () => nothing(x!) }),
};

export const reduceGradients: GradientTable = {
  ArgMax: none,
  ArgMin: none,
  Cumsum: cumsum,
  LogSoftmax: logSoftmax,
  Max: extreme('reductionIndices'),
  Mean: mean,
  Min: extreme('axis'),
  Prod: prod,
  Softmax: softmax,
  Sum: sum,
};

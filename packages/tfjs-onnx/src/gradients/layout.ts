// Gradients of kernels that only move elements: the move undone, with repeats summed.
import * as tf from '@tensorflow/tfjs-core';
import type { GradientRow, GradientTable } from './gradient-row.ts';

const reshape = (input: string): GradientRow => ({
  inputs: [input],
  backward: (dy, [x]) => ({ [input]: () => tf.reshape(dy, x!.shape) }),
});

const slice: GradientRow = {
  inputs: ['x'],
  backward: (dy, [x], { begin, size }) => ({
    x: () => {
      const [from, count] = tf.slice_util.parseSliceParams(x!, begin as number[], size as number[]) as [
        number[],
        number[],
      ];
      return tf.pad(
        dy,
        x!.shape.map((dimension, i) => [from[i]!, dimension - from[i]! - count[i]!] as [number, number]),
      );
    },
  }),
};

const padV2: GradientRow = {
  inputs: ['x'],
  backward: (dy, [x], { paddings }) => ({
    x: () =>
      tf.slice(
        dy,
        (paddings as number[][]).map(([before]) => before!),
        x!.shape,
      ),
  }),
};

/** [n r] is seen as [r, n] and summed over r, axis by axis. */
const tile: GradientRow = {
  inputs: ['x'],
  backward: (dy, [x], { reps }) => ({
    x: () => {
      const split = x!.shape.flatMap((dimension, i) => [(reps as number[])[i]!, dimension]);
      const axes = x!.shape.map((_, i) => 2 * i).filter((axis) => split[axis] !== 1);
      return tf.reshape(tf.sum(tf.reshape(dy, split), axes), x!.shape);
    },
  }),
};

const broadcastTo: GradientRow = {
  inputs: ['x'],
  backward: (dy, [x]) => ({
    x: () => {
      const axes = tf.broadcast_util.getReductionAxes(x!.shape, dy.shape);
      return tf.reshape(tf.sum(dy, axes), x!.shape);
    },
  }),
};

const concat: GradientRow = {
  inputs: 'all',
  backward: (dy, saved, { axis }) => {
    const [along] = tf.util.parseAxisParam(axis as number, saved[0]!.shape) as [number];
    const sizes = saved.map((part) => part.shape[along]!);
    const parts = tf.split(dy, sizes, along);
    return Object.fromEntries(parts.map((part, i) => [i, () => part]));
  },
};

const pack: GradientRow = {
  inputs: 'all',
  backward: (dy, _, { axis }) => {
    const parts = tf.unstack(dy, axis as number);
    return Object.fromEntries(parts.map((part, i) => [i, () => part]));
  },
};

/** A kernel of several outputs has a list of gradients, unless it happened to have one output. */
function parts(dy: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
  return Array.isArray(dy) ? dy : [dy];
}

const unpack: GradientRow = {
  backward: (dy, _, { axis }) => ({ value: () => tf.stack(parts(dy), axis as number) }),
};

const splitV: GradientRow = {
  backward: (dy, _, { axis }) => ({ x: () => tf.concat(parts(dy), axis as number) }),
};

const transpose: GradientRow = {
  backward: (dy, _, { perm }) => ({
    x: () => tf.transpose(dy, tf.backend_util.getUndoAxesPermutation(perm as number[])),
  }),
};

const reverse: GradientRow = {
  backward: (dy, _, { dims }) => ({ x: () => tf.reverse(dy, dims as number[]) }),
};

export const layoutGradients: GradientTable = {
  BroadcastTo: broadcastTo,
  Concat: concat,
  ExpandDims: reshape('input'),
  Pack: pack,
  PadV2: padV2,
  Reshape: reshape('x'),
  Reverse: reverse,
  Slice: slice,
  SplitV: splitV,
  Tile: tile,
  Transpose: transpose,
  Unpack: unpack,
};

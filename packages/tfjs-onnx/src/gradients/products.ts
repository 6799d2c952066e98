// Gradients of matrix products and of choosing by index.
import * as tf from '@tensorflow/tfjs-core';
import { type GradientRow, type GradientTable, nothing, unbroadcast } from './gradient-row.ts';

/** For y = op(a) op(b): da = dy op(b)^T, db = op(a)^T dy, each transposed back where its operand was. */
const batchMatMul: GradientRow = {
  inputs: ['a', 'b'],
  backward: (dy, [a, b], { transposeA, transposeB }) => ({
    a: () => {
      const da = transposeA
        ? tf.matMul(b!, dy, transposeB as boolean, true)
        : tf.matMul(dy, b!, false, !transposeB);
      return unbroadcast(da, a!.shape);
    },
    b: () => {
      const db = transposeB
        ? tf.matMul(dy, a!, true, transposeA as boolean)
        : tf.matMul(a!, dy, !transposeA, false);
      return unbroadcast(db, b!.shape);
    },
  }),
};

/** Rows chosen several times collect several gradients: a segment sum over the flattened indices. */
const gather: GradientRow = {
  inputs: ['x', 'indices'],
  backward: (dy, [x, indices], { axis, batchDims }) => ({
    indices: () => nothing(indices!),
    x: () => {
      if (batchDims)
        throw new Error('gather with batchDims has no gradient here: use one-hot products instead');
      const [along] = tf.util.parseAxisParam(axis as number, x!.shape) as [number];
      const outer = x!.shape.slice(0, along);
      const values = tf.reshape(dy, [...outer, indices!.size, ...x!.shape.slice(along + 1)]);
      const order = [along, ...x!.shape.map((_, i) => i).filter((i) => i !== along)];
      const rows = along === 0 ? values : tf.transpose(values, order);
      const sums = tf.unsortedSegmentSum(rows, tf.reshape(indices!, [-1]) as tf.Tensor1D, x!.shape[along]!);
      return along === 0 ? sums : tf.transpose(sums, tf.backend_util.getUndoAxesPermutation(order));
    },
  }),
};

/** Rows whose segment id is negative went nowhere and get no gradient. */
const unsortedSegmentSum: GradientRow = {
  inputs: ['segmentIds'],
  backward: (dy, [ids]) => ({
    x: () => {
      const inside = tf.cast(tf.greaterEqual(ids!, 0), 'float32');
      const rows = tf.gather(dy, tf.maximum(ids!, tf.zerosLike(ids!)) as tf.Tensor1D);
      return tf.mul(rows, tf.reshape(inside, [-1, ...dy.shape.slice(1).map(() => 1)]));
    },
    segmentIds: () => nothing(ids!),
  }),
};

const oneHot: GradientRow = {
  inputs: ['indices'],
  backward: (_, [indices]) => ({ indices: () => nothing(indices!) }),
};

export const productGradients: GradientTable = {
  BatchMatMul: batchMatMul,
  GatherV2: gather,
  OneHot: oneHot,
  UnsortedSegmentSum: unsortedSegmentSum,
};

// Cases of kernels that fold or normalise axes: shapes that broadcast, scalars, axes of size 1, negative axes.
import * as tf from '@tensorflow/tfjs-core';
import { bools, cube, flat, int, type KernelCase, run, type T, unary } from '../kernel-case.ts';

export const reduceCases: readonly KernelCase[] = [
  ...(['Sum', 'Mean', 'Max', 'Min', 'Prod'] as const).flatMap((kernel) => {
    const op = { Sum: tf.sum, Mean: tf.mean, Max: tf.max, Min: tf.min, Prod: tf.prod }[kernel];
    const reduce = (x: T, axis?: number | number[], keepDims?: boolean) => op(x, axis, keepDims) as T;
    return [
      unary(kernel, (x) => reduce(x), { shapes: [...cube, [[]], [[5]]] }),
      unary(kernel, (x) => reduce(x, -1), { shapes: cube }),
      unary(kernel, (x) => reduce(x, [0, -1], true), { shapes: cube }),
      unary(kernel, (x) => reduce(x, 1), { shapes: cube }),
      unary(kernel, (x) => reduce(x, []), { shapes: cube, ...(kernel === 'Prod' ? flat : {}) }),
      unary(kernel, (x) => reduce(int(x), [1]), { shapes: cube, ...flat }),
    ];
  }),
  unary('Prod', (x) => tf.prod(tf.mul(x, tf.tensor1d([1, 0, 1])), 1), { shapes: [[[2, 3]]] }),
  unary('Sum', (x) => tf.sum(bools(x), 0), { shapes: cube, ...flat }),
  unary('All', (x) => tf.all(bools(x), 1), { shapes: cube, ...flat }),
  unary('All', (x) => tf.all(bools(x)), { shapes: cube, ...flat }),
  unary('Any', (x) => tf.any(bools(x), -1, true), { shapes: cube, ...flat }),
  unary('ArgMax', (x) => tf.argMax(x, -1), { shapes: [...cube, [[4]]], ...flat }),
  unary('ArgMax', (x) => tf.argMax(int(x), 0), { shapes: cube, ...flat }),
  unary('ArgMin', (x) => tf.argMin(x, 1), { shapes: cube, ...flat }),
  unary('Softmax', (x) => tf.softmax(x), { shapes: [...cube, [[5]]] }),
  unary('Softmax', (x) => tf.softmax(tf.mul(x, 60)), { shapes: cube, ...flat }),
  unary('LogSoftmax', (x) => run('LogSoftmax', { logits: x }, { axis: -1 }) as T, {
    shapes: cube,
    reference: (x) => tf.logSoftmax(x!),
  }),
  unary('Sum', (x) => tf.logSoftmax(x), { shapes: cube }),
  unary('Sum', (x) => tf.logSumExp(x, -1), { shapes: cube }),
  unary('Cumsum', (x) => tf.cumsum(x, -1), { shapes: cube, reference: (x) => tf.cumsum(x!, 2) }),
  unary('Cumsum', (x) => tf.cumsum(x, 0, true), { shapes: cube }),
  unary('Cumsum', (x) => tf.cumsum(x, 1, false, true), { shapes: cube }),
  unary('Cumsum', (x) => tf.cumsum(int(x), 1, true, true), { shapes: cube, ...flat }),
];

// Cases of products and choosing by index: shapes that broadcast, scalars, axes of size 1, negative axes.
import * as tf from '@tensorflow/tfjs-core';
import { binary, flat, int, type KernelCase, unary } from '../kernel-case.ts';

const productShapes = [
  [
    [2, 3],
    [3, 4],
  ],
  [
    [2, 5, 2, 3],
    [2, 5, 3, 4],
  ],
  [
    [4, 2, 2, 3],
    [2, 3, 1],
  ],
  [
    [4, 2, 3],
    [3, 2],
  ],
] as const;
const swapped = (shape: readonly number[]) => [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
const transposed = (a: boolean, b: boolean) =>
  productShapes.map(([left, right]) => [a ? swapped(left) : left, b ? swapped(right) : right]);

export const productCases: readonly KernelCase[] = [
  ...[false, true].flatMap((a) =>
    [false, true].map((b) =>
      binary('BatchMatMul', (left, right) => tf.matMul(left, right, a, b), { shapes: transposed(a, b) }),
    ),
  ),
  binary('BatchMatMul', (a, b) => tf.matMul(int(a), int(b), false, true), {
    shapes: [
      [
        [2, 3],
        [4, 3],
      ],
    ],
    range: [-5, 5],
    ...flat,
  }),
  // The cpu backend itself is wrong where both sides are broadcast.
  binary('BatchMatMul', (a, b) => tf.matMul(a, b), {
    shapes: [
      [
        [4, 1, 2, 3],
        [2, 3, 1],
      ],
    ],
    reference: (a, b) => tf.matMul(tf.broadcastTo(a!, [4, 2, 2, 3]), tf.broadcastTo(b!, [4, 2, 3, 1])),
  }),
  binary('BatchMatMul', (a, b) => tf.dot(a, b), {
    shapes: [
      [[3], [3]],
      [[2, 3], [3]],
    ],
  }),
  ...(['linear', 'relu', 'elu', 'sigmoid'] as const).map(
    (activation): KernelCase => ({
      kernel: '_FusedMatMul',
      shapes: [
        [[2, 3], [3, 4], [4]],
        [
          [2, 3],
          [3, 4],
        ],
      ],
      call: (a, b, bias) => {
        const given = { a: a as tf.Tensor2D, b: b as tf.Tensor2D, activation };
        return tf.fused.matMul(bias === undefined ? given : { ...given, bias });
      },
      flat: true,
    }),
  ),
  binary('GatherV2', (x, ids) => tf.gather(x, int(ids)), {
    shapes: [
      [[5, 3], [4]],
      [[5], [2, 3]],
      [[5, 2, 2], []],
    ],
    integers: { 1: 5 },
  }),
  binary('GatherV2', (x, ids) => tf.gather(x, int(ids), -1), {
    shapes: [
      [
        [3, 5],
        [2, 2],
      ],
    ],
    integers: { 1: 5 },
  }),
  binary('GatherV2', (x, ids) => tf.gather(x, int(ids), 1, 1), {
    shapes: [
      [
        [2, 5, 3],
        [2, 4],
      ],
    ],
    integers: { 1: 5 },
    ...flat,
  }),
  binary('UnsortedSegmentSum', (x, ids) => tf.unsortedSegmentSum(x, int(ids) as tf.Tensor1D, 4), {
    shapes: [
      [[6, 2], [6]],
      [[6], [6]],
      [[40, 3, 2], [40]],
    ],
    integers: { 1: 4 },
  }),
  // Thousands of rows into a few: sums must not race.
  binary('UnsortedSegmentSum', (x, ids) => tf.unsortedSegmentSum(x, int(ids) as tf.Tensor1D, 3), {
    shapes: [[[4000, 16], [4000]]],
    range: [0, 1],
    integers: { 1: 3 },
    ...flat,
  }),
  binary(
    'UnsortedSegmentSum',
    (x, ids) => tf.unsortedSegmentSum(x, tf.sub(int(ids), tf.scalar(1, 'int32')) as tf.Tensor1D, 3),
    {
      shapes: [[[9, 2], [9]]],
      integers: { 1: 6 },
      ...flat,
    },
  ),
  unary('OneHot', (ids) => tf.oneHot(int(ids) as tf.Tensor1D, 5), {
    shapes: [[[4]]],
    integers: { 0: 5 },
    ...flat,
  }),
  unary(
    'OneHot',
    (ids) => tf.oneHot(tf.sub(int(ids), tf.scalar(2, 'int32')) as tf.Tensor1D, 4, 2, -1, 'float32'),
    {
      shapes: [[[9]]],
      integers: { 0: 9 },
      ...flat,
    },
  ),
];

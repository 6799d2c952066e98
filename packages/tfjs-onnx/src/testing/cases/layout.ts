// Cases of kernels that move elements: shapes that broadcast, scalars, axes of size 1, negative axes.
import * as tf from '@tensorflow/tfjs-core';
import { bools, cube, flat, int, type KernelCase, run, type T, unary } from '../kernel-case.ts';

export const layoutCases: readonly KernelCase[] = [
  unary('Reshape', (x) => tf.reshape(x, [-1, 3]), { shapes: cube }),
  unary('Reshape', (x) => tf.reshape(x, []), { shapes: [[[1, 1]]] }),
  unary('Reshape', (x) => tf.squeeze(x, [0]), { shapes: [[[1, 3, 1]]] }),
  unary('ExpandDims', (x) => tf.expandDims(x, -1), { shapes: [...cube, [[]]] }),
  unary('ExpandDims', (x) => tf.expandDims(x, 1), { shapes: cube }),
  unary('Transpose', (x) => tf.transpose(x, [2, 0, 1]), { shapes: cube }),
  unary('Transpose', (x) => tf.transpose(x), { shapes: [...cube, [[3, 4]]] }),
  unary('Slice', (x) => tf.slice(x, [0, 1], [-1, 2]), { shapes: cube }),
  unary('Slice', (x) => tf.slice(x, 1), { shapes: [[[3]]] }),
  unary('Reverse', (x) => tf.reverse(x, -1), { shapes: cube }),
  unary('Reverse', (x) => tf.reverse(x), { shapes: cube }),
  unary('StridedSlice', (x) => tf.stridedSlice(x, [0, 2, 0], [2, 0, 4], [1, -1, 2]), {
    shapes: cube.slice(0, 1),
    ...flat,
  }),
  unary('StridedSlice', (x) => tf.stridedSlice(x, [0, -1, 1], [2, -4, 3], [1, -2, 1]), {
    shapes: cube.slice(0, 1),
    ...flat,
  }),
  unary('StridedSlice', (x) => tf.stridedSlice(x, [0, 1, 1], [2, 2, 3], [1, 1, 1], 1, 1, 0, 0, 2), {
    shapes: cube.slice(0, 1),
    ...flat,
  }),
  unary(
    'PadV2',
    (x) =>
      tf.pad(
        x,
        [
          [0, 0],
          [1, 2],
          [0, 3],
        ],
        1.5,
      ),
    { shapes: cube },
  ),
  unary(
    'PadV2',
    (x) =>
      tf.pad(int(x), [
        [0, 1],
        [0, 0],
        [2, 0],
      ]),
    { shapes: cube, ...flat },
  ),
  unary('Tile', (x) => tf.tile(x, [1, 2, 3]), { shapes: cube }),
  unary('Tile', (x) => tf.tile(bools(x), [2, 1, 2]), { shapes: cube, ...flat }),
  unary('Tile', (x) => tf.broadcastTo(x, [2, 3, 4]), { shapes: [[[3, 1]], [[]], [[2, 3, 4]]] }),
  unary('BroadcastTo', (x) => run('BroadcastTo', { x }, { shape: [2, 3, 4] }) as T, {
    shapes: [[[3, 1]], [[]], [[1, 3, 4]]],
    reference: (x) => tf.broadcastTo(x!, [2, 3, 4]),
  }),
  {
    kernel: 'Concat',
    shapes: [
      [
        [2, 3],
        [2, 1],
      ],
      [[2, 3]],
      [
        [1, 1],
        [1, 2],
        [1, 3],
      ],
    ],
    call: (...list) => tf.concat(list, -1),
  },
  { kernel: 'Concat', shapes: [[[2], [3]]], call: (a, b) => tf.concat([bools(a!), bools(b!)]), flat: true },
  {
    kernel: 'Pack',
    shapes: [
      [
        [2, 3],
        [2, 3],
      ],
      [[], []],
      [[2]],
    ],
    call: (...list) => tf.stack(list),
  },
  {
    kernel: 'Pack',
    shapes: [
      [
        [2, 3],
        [2, 3],
      ],
    ],
    call: (...list) => tf.stack(list, -1),
  },
  { kernel: 'Unpack', shapes: [[[2, 3]], [[3]], [[1, 2]]], call: (x) => tf.unstack(x!) },
  { kernel: 'Unpack', shapes: [[[2, 3]]], call: (x) => tf.unstack(x!, -1).slice(1) },
  { kernel: 'SplitV', shapes: [[[2, 6]]], call: (x) => tf.split(x!, 3, 1) },
  { kernel: 'SplitV', shapes: [[[2, 6]]], call: (x) => tf.split(x!, [1, -1, 2], -1) },
  { kernel: 'SplitV', shapes: [[[2, 6]]], call: (x) => tf.split(x!, [4, 2], 1).slice(0, 1) },
];

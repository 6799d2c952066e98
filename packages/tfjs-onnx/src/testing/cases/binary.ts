// Cases of element-wise kernels of several operands: shapes that broadcast, scalars, axes of size 1, negative axes.
import * as tf from '@tensorflow/tfjs-core';
import { binary, bools, flat, int, type KernelCase, positive, two } from '../kernel-case.ts';

export const binaryCases: readonly KernelCase[] = [
  binary('Add', (a, b) => tf.add(a, b)),
  binary('Add', (a, b) => tf.add(int(a), int(b)), flat),
  binary('FloorDiv', (a, b) => tf.floorDiv(a, b), { ...positive, ...flat }),
  binary('FloorDiv', (a, b) => tf.floorDiv(int(a), tf.add(int(b), 3)), {
    range: [-20, 20],
    ...flat,
    shapes: two.slice(0, 1),
  }),
  binary('Maximum', (a, b) => tf.maximum(a, b)),
  binary('Minimum', (a, b) => tf.minimum(a, b)),
  binary('Minimum', (a, b) => tf.minimum(int(a), int(b)), flat),
  binary('Mod', (a, b) => tf.mod(a, b), positive),
  binary('Mod', (a, b) => tf.mod(a, tf.add(b, 2.5)), flat),
  binary('Mod', (a, b) => tf.mod(int(tf.mul(a, 9)), tf.sub(int(b), 5)), flat),
  binary('Multiply', (a, b) => tf.mul(a, b)),
  binary('Multiply', (a, b) => tf.mul(int(a), int(b)), flat),
  binary('Pow', (a, b) => tf.pow(a, b), positive),
  binary('Pow', (a) => tf.pow(a, 2), flat),
  binary('RealDiv', (a, b) => tf.div(a, b), positive),
  binary('SquaredDifference', (a, b) => tf.squaredDifference(a, b)),
  binary('Sub', (a, b) => tf.sub(a, b)),
  binary('Equal', (a, b) => tf.equal(int(a), int(b)), flat),
  binary('Equal', (a, b) => tf.equal(bools(a), bools(b)), flat),
  binary('Greater', (a, b) => tf.greater(a, b), flat),
  binary('GreaterEqual', (a, b) => tf.greaterEqual(int(a), int(b)), flat),
  binary('Less', (a, b) => tf.less(a, b), flat),
  binary('LessEqual', (a, b) => tf.lessEqual(int(a), int(b)), flat),
  binary('NotEqual', (a, b) => tf.notEqual(int(a), int(b)), flat),
  binary('LogicalAnd', (a, b) => tf.logicalAnd(bools(a), bools(b)), flat),
  binary('LogicalOr', (a, b) => tf.logicalOr(bools(a), bools(b)), flat),
  binary('Prelu', (a, b) => tf.prelu(a, b), {
    shapes: [
      [[2, 3], [3]],
      [
        [4, 2, 3],
        [2, 3],
      ],
    ],
  }),
  {
    kernel: 'AddN',
    shapes: [
      [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
      [[], []],
    ],
    call: (...list) => tf.addN(list),
  },
  {
    kernel: 'Select',
    shapes: [
      [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
      [[3], [2, 1], []],
      [[], [], []],
    ],
    call: (condition, a, b) => tf.where(bools(condition!), a!, b!),
  },
  binary('Select', (a, b) => tf.where(bools(tf.add(a, b)), int(a), int(b)), flat),
  binary('Select', (a, b) => tf.where(bools(tf.add(a, b)), bools(a), bools(b)), flat),
];

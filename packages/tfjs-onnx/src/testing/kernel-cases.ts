// One or more calls of every kernel, over shapes that broadcast, scalars, size-1 axes and negative axes. The
// cases are data: what is checked about them is in the tests that read this.
import * as tf from '@tensorflow/tfjs-core';

type T = tf.Tensor;

export interface KernelCase {
  readonly kernel: string;
  /** Shapes of the operands, one list a variant. */
  readonly shapes: readonly (readonly (readonly number[])[])[];
  readonly call: (...operands: T[]) => T | T[];
  /** Eager counterpart, where the cpu backend hasn't the kernel. */
  readonly reference?: (...operands: T[]) => T | T[];
  /** Operands are drawn from here; [-2, 2) by default. */
  readonly range?: readonly [number, number];
  /** Operands that are int32, drawn from 0 .. n-1. */
  readonly integers?: Readonly<Record<number, number>>;
  /** No gradient to check: flat, integer, or none in tfjs. */
  readonly flat?: true;
}

const one = [[[2, 3]], [[]], [[1, 4, 1]]] as const;
const two = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], []],
  [[3], [2, 1]],
  [
    [4, 1, 3],
    [2, 1],
  ],
  [[], []],
] as const;
const matrix = [[[3, 4]]] as const;

const unary = (kernel: string, call: (x: T) => T, more: Partial<KernelCase> = {}): KernelCase => ({
  kernel,
  shapes: one,
  call: (x) => call(x!),
  ...more,
});
const binary = (kernel: string, call: (a: T, b: T) => T, more: Partial<KernelCase> = {}): KernelCase => ({
  kernel,
  shapes: two,
  call: (a, b) => call(a!, b!),
  ...more,
});
const positive = { range: [0.3, 3] } as const;
const flat = { flat: true } as const;
const run = (kernel: string, inputs: object, attributes: object = {}): T | T[] =>
  tf.engine().runKernel(kernel, inputs as tf.NamedTensorMap, attributes as tf.NamedAttrMap);
const bools = (x: T) => tf.greater(x, 0);
const int = (x: T) => tf.cast(x, 'int32');

export const unaryCases: readonly KernelCase[] = [
  unary('Abs', (x) => tf.abs(x)),
  unary('Ceil', (x) => tf.ceil(x), flat),
  unary('ClipByValue', (x) => tf.clipByValue(x, -0.5, 1)),
  unary('ClipByValue', (x) => tf.clipByValue(int(x), -1, 1), flat),
  unary('Cos', (x) => tf.cos(x)),
  unary('Elu', (x) => tf.elu(x)),
  unary('Erf', (x) => tf.erf(x)),
  unary('Exp', (x) => tf.exp(x)),
  unary('Expm1', (x) => tf.expm1(x)),
  unary('Expm1', (x) => tf.mul(tf.expm1(tf.mul(x, 1e-6)), 1e6)),
  unary('Floor', (x) => tf.floor(x), flat),
  unary('IsNan', (x) => tf.isNaN(tf.sqrt(x)), flat),
  unary('LeakyRelu', (x) => tf.leakyRelu(x, 0.1)),
  unary('Log', (x) => tf.log(x), positive),
  unary('Log1p', (x) => tf.log1p(x), { range: [-0.5, 3] }),
  unary('Log1p', (x) => tf.mul(tf.log1p(tf.mul(x, 1e-6)), 1e6)),
  unary('Log1p', (x) => tf.log1p(tf.mul(x, 1e-30)), flat),
  unary('LogicalNot', (x) => tf.logicalNot(bools(x)), flat),
  unary('Neg', (x) => tf.neg(x)),
  unary('Neg', (x) => tf.neg(int(x)), flat),
  unary('Reciprocal', (x) => tf.reciprocal(x), positive),
  unary('Relu', (x) => tf.relu(x)),
  unary('Relu6', (x) => tf.relu6(x), { range: [-3, 9] }),
  unary('Round', (x) => tf.round(x), flat),
  unary('Rsqrt', (x) => tf.rsqrt(x), positive),
  unary('Selu', (x) => tf.selu(x)),
  unary('Sigmoid', (x) => tf.sigmoid(x)),
  unary('Sign', (x) => tf.sign(x), flat),
  unary('Sin', (x) => tf.sin(x)),
  unary('Softplus', (x) => tf.softplus(x)),
  unary('Sqrt', (x) => tf.sqrt(x), positive),
  unary('Square', (x) => tf.square(x)),
  unary('Step', (x) => tf.step(x, 0.25), flat),
  unary('Tan', (x) => tf.tan(x), { range: [-1, 1] }),
  unary('Tanh', (x) => tf.tanh(x)),
  unary('Cast', (x) => tf.cast(tf.mul(x, 3), 'int32'), flat),
  unary('Cast', (x) => tf.cast(tf.relu(x), 'bool'), flat),
  unary('Cast', (x) => tf.cast(bools(x), 'float32'), flat),
  unary('Identity', (x) => tf.clone(x)),
  unary('Fill', (x) => tf.add(x, tf.fill([2, 3], 1.5)), { shapes: matrix.map(() => [[2, 3]]) }),
  unary('Fill', () => tf.fill([5, 7], 3, 'int32'), flat),
  unary('Fill', () => tf.fill([2], 0), flat),
  unary('Range', (x) => tf.add(x, tf.range(5, -1, -2)), { shapes: [[[3]], [[]]] }),
  unary('Range', (x) => tf.add(x, tf.cast(tf.range(0, 3, 1, 'int32'), 'float32')), { shapes: [[[3]]] }),
  unary('LinSpace', (x) => tf.add(x, tf.linspace(0, 1, 4)), { shapes: [[[4]]] }),
  unary('ZerosLike', (x) => tf.zerosLike(x), flat),
  unary('OnesLike', (x) => tf.add(x, tf.onesLike(x))),
];

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
  binary('LogicalXor', (a, b) => tf.logicalXor(bools(a), bools(b)), flat),
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

const cube = [[[2, 3, 4]], [[1, 3, 1]]] as const;

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

export const kernelCases: readonly KernelCase[] = [
  ...unaryCases,
  ...binaryCases,
  ...reduceCases,
  ...layoutCases,
  ...productCases,
];

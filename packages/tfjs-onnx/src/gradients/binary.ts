// Gradients of element-wise kernels of two operands; each is summed back over the axes it was broadcast along.
import * as tf from '@tensorflow/tfjs-core';
import { float, type GradientRow, type GradientTable, masked, nothing, unbroadcast } from './gradient-row.ts';

type Locals = (dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => { a: () => tf.Tensor; b: () => tf.Tensor };

const row = (locals: Locals): GradientRow => ({
  inputs: ['a', 'b'],
  backward: (dy, [a, b]) => {
    const { a: da, b: db } = locals(dy, float(a!), float(b!));
    return { a: () => unbroadcast(da(), a!.shape), b: () => unbroadcast(db(), b!.shape) };
  },
});

/** As `row`, with the second gradient negated after it is summed: it may be far smaller then. */
const negatedSecond = (locals: Locals): GradientRow => {
  const plain = row(locals);
  return {
    ...plain,
    backward: (dy, saved, attributes) => {
      const { a, b } = plain.backward(dy, saved, attributes) as { a: () => tf.Tensor; b: () => tf.Tensor };
      return { a, b: () => tf.neg(b()) };
    },
  };
};

/** At a tie the whole gradient goes to the first operand, as in tfjs. */
const extreme = (firstWins: typeof tf.greaterEqual, secondWins: typeof tf.less): GradientRow =>
  row((dy, a, b) => ({
    a: () => masked(dy, firstWins(a, b)),
    b: () => masked(dy, secondWins(a, b)),
  }));

/** Comparisons are flat: gradients end at them instead of failing. */
const flat: GradientRow = {
  inputs: ['a', 'b'],
  backward: (_, [a, b]) => ({ a: () => nothing(a!), b: () => nothing(b!) }),
};

/** d a^b: b a^(b-1), and a^b log a where a > 0 (0 elsewhere, where there is none). */
const pow: GradientRow = {
  inputs: ['a', 'b'],
  output: true,
  backward: (dy, [a, b, y]) => ({
    a: () => {
      const exponent = float(b!);
      const slope = tf.mul(exponent, tf.pow(float(a!), tf.sub(exponent, 1)));
      return unbroadcast(tf.mul(dy, slope), a!.shape);
    },
    b: () => {
      const base = float(a!);
      const positive = tf.greater(base, 0);
      const log = tf.log(tf.where(positive, base, tf.onesLike(base)));
      return unbroadcast(tf.mul(dy, tf.mul(y!, log)), b!.shape);
    },
  }),
};

const addN: GradientRow = {
  inputs: 'all',
  backward: (dy, saved) => Object.fromEntries(saved.map((_, i) => [i, () => tf.clone(dy)])),
};

const select: GradientRow = {
  inputs: ['condition'],
  backward: (dy, [condition]) => ({
    condition: () => nothing(condition!),
    t: () => masked(dy, condition!),
    e: () => masked(dy, tf.logicalNot(condition!)),
  }),
};

const prelu: GradientRow = {
  inputs: ['x', 'alpha'],
  backward: (dy, [x, alpha]) => ({
    x: () => tf.mul(dy, tf.where(tf.greater(x!, 0), tf.onesLike(x!), tf.mul(tf.onesLike(x!), alpha!))),
    alpha: () => unbroadcast(tf.mul(dy, tf.minimum(x!, 0)), alpha!.shape),
  }),
};

export const binaryGradients: GradientTable = {
  Add: row((dy) => ({ a: () => dy, b: () => dy })),
  AddN: addN,
  FloorDiv: flat,
  Maximum: extreme(tf.greaterEqual, tf.less),
  Minimum: extreme(tf.lessEqual, tf.greater),
  Mod: negatedSecond((dy, a, b) => ({ a: () => dy, b: () => tf.mul(dy, tf.floor(tf.div(a, b))) })),
  Multiply: row((dy, a, b) => ({ a: () => tf.mul(dy, b), b: () => tf.mul(dy, a) })),
  Pow: pow,
  Prelu: prelu,
  RealDiv: negatedSecond((dy, a, b) => ({
    a: () => tf.div(dy, b),
    b: () => tf.div(tf.mul(dy, a), tf.square(b)),
  })),
  SquaredDifference: row((dy, a, b) => ({
    a: () => tf.mul(dy, tf.mul(tf.sub(a, b), 2)),
    b: () => tf.mul(dy, tf.mul(tf.sub(b, a), 2)),
  })),
  Sub: negatedSecond((dy) => ({ a: () => dy, b: () => dy })),
  Equal: flat,
  Greater: flat,
  GreaterEqual: flat,
  Less: flat,
  LessEqual: flat,
  NotEqual: flat,
  Select: select,
};

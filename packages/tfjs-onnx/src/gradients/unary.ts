// Gradients of element-wise kernels of one operand: dx = dy f'(x), written with the output y where that is
// cheaper than with x.
import * as tf from '@tensorflow/tfjs-core';
import { float, type GradientRow, type GradientTable, masked, nothing } from './gradient-row.ts';

type Local = (dy: tf.Tensor, kept: tf.Tensor, attributes: tf.NamedAttrMap) => tf.Tensor;

const ofInput = (local: Local): GradientRow => ({
  inputs: ['x'],
  backward: (dy, [x], attributes) => ({ x: () => local(dy, float(x!), attributes) }),
});

const ofOutput = (local: Local): GradientRow => ({
  output: true,
  backward: (dy, [y], attributes) => ({ x: () => local(dy, y!, attributes) }),
});

/** Piecewise constant functions: their gradient is 0 wherever they have one. */
const flat: GradientRow = { inputs: ['x'], backward: (_, [x]) => ({ x: () => nothing(x!) }) };

const seluScale = 1.0507009873554805;
const seluAlpha = 1.6732632423543772;

const clip: Local = (dy, x, { clipValueMin, clipValueMax }) => {
  const inside = tf.logicalAnd(
    tf.greaterEqual(x, clipValueMin as number),
    tf.lessEqual(x, clipValueMax as number),
  );
  return masked(dy, inside);
};

export const unaryGradients: GradientTable = {
  Abs: ofInput((dy, x) => tf.mul(dy, tf.sign(x))),
  Cast: { backward: (dy) => ({ x: () => tf.clone(dy) }) },
  Ceil: flat,
  ClipByValue: ofInput(clip),
  Cos: ofInput((dy, x) => tf.neg(tf.mul(dy, tf.sin(x)))),
  Elu: ofOutput((dy, y) => tf.mul(dy, tf.where(tf.greater(y, 0), tf.onesLike(y), tf.add(y, 1)))),
  Erf: ofInput((dy, x) => tf.mul(dy, tf.mul(tf.exp(tf.neg(tf.square(x))), 2 / Math.sqrt(Math.PI)))),
  Exp: ofOutput((dy, y) => tf.mul(dy, y)),
  Expm1: ofOutput((dy, y) => tf.mul(dy, tf.add(y, 1))),
  Floor: flat,
  Identity: { backward: (dy) => ({ x: () => tf.clone(dy) }) },
  IsFinite: flat,
  IsInf: flat,
  IsNan: flat,
  LeakyRelu: ofInput((dy, x, { alpha }) => tf.mul(dy, tf.step(x, alpha as number))),
  Log: ofInput((dy, x) => tf.div(dy, x)),
  Log1p: ofInput((dy, x) => tf.div(dy, tf.add(x, 1))),
  Neg: { backward: (dy) => ({ x: () => tf.neg(dy) }) },
  OnesLike: flat,
  Reciprocal: ofOutput((dy, y) => tf.neg(tf.mul(dy, tf.square(y)))),
  Relu: ofInput((dy, x) => masked(dy, tf.greater(x, 0))),
  Relu6: ofInput((dy, x) => masked(dy, tf.logicalAnd(tf.greater(x, 0), tf.lessEqual(x, 6)))),
  Round: flat,
  Rsqrt: ofOutput((dy, y) => tf.mul(dy, tf.mul(tf.mul(tf.square(y), y), -0.5))),
  Selu: ofInput((dy, x) =>
    tf.mul(
      dy,
      tf.where(tf.greater(x, 0), tf.fill(x.shape, seluScale), tf.mul(tf.exp(x), seluScale * seluAlpha)),
    ),
  ),
  Sigmoid: ofOutput((dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y)))),
  Sign: flat,
  Sin: ofInput((dy, x) => tf.mul(dy, tf.cos(x))),
  Softplus: ofInput((dy, x) => tf.mul(dy, tf.sigmoid(x))),
  Sqrt: ofOutput((dy, y) => tf.mul(tf.div(dy, y), 0.5)),
  Square: ofInput((dy, x) => tf.mul(dy, tf.mul(x, 2))),
  Step: flat,
  Tan: ofOutput((dy, y) => tf.mul(dy, tf.add(tf.square(y), 1))),
  Tanh: ofOutput((dy, y) => tf.mul(dy, tf.sub(1, tf.square(y)))),
  ZerosLike: flat,
};

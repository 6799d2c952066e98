// A training step to try the compiler on: a post-norm encoder with rank-r adapters on q and v, mean pooling
// and a softmax head, loss and the gradient of every adapter. For tests and measurements only.
import * as tf from '@tensorflow/tfjs-core';
import type { InputSpec } from '../trace.ts';

export interface EncoderShape {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly inner: number;
  readonly vocabulary: number;
  readonly rank: number;
  readonly batch: number;
  readonly tokens: number;
}

type Arrays = Record<string, { readonly shape: number[]; readonly data: Float32Array }>;

/** Numbers in [-scale/2, scale/2) from a linear congruential generator: the same on every machine. */
function pseudoRandom(seed: number): (shape: number[], scale: number) => Arrays[string] {
  let state = seed;
  return (shape, scale) => {
    const data = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state / 2 ** 32 - 0.5) * scale;
    });
    return { shape, data };
  };
}

export function encoderWeights({ layers, width, inner, vocabulary, rank }: EncoderShape): {
  frozen: Arrays;
  adapters: Arrays;
} {
  const random = pseudoRandom(1);
  const frozen: Arrays = { embedding: random([vocabulary, width], 0.2) };
  const adapters: Arrays = {};
  for (let layer = 0; layer < layers; layer++) {
    for (const name of ['q', 'k', 'v', 'o']) frozen[`${layer}.${name}`] = random([width, width], 0.2);
    frozen[`${layer}.up`] = random([inner, width], 0.2);
    frozen[`${layer}.down`] = random([width, inner], 0.1);
    for (const name of ['q', 'k', 'v', 'o', 'down']) frozen[`${layer}.${name}.bias`] = random([width], 0.02);
    frozen[`${layer}.up.bias`] = random([inner], 0.02);
    for (const name of ['norm1', 'norm2']) {
      frozen[`${layer}.${name}.gain`] = { shape: [width], data: new Float32Array(width).fill(1) };
      frozen[`${layer}.${name}.bias`] = random([width], 0.02);
    }
    for (const name of ['q', 'v']) {
      for (const which of ['shared', 'personal']) {
        adapters[`${layer}.${name}.${which}.A`] = random([rank, width], 0.1);
        adapters[`${layer}.${name}.${which}.B`] = random([width, rank], 0.05);
      }
    }
  }
  adapters.head = random([4, width], 0.1);
  return { frozen, adapters };
}

export function encoderInputs({ batch, tokens }: EncoderShape, adapters: Arrays): InputSpec[] {
  return [
    { name: 'ids', shape: [batch * tokens], dtype: 'int32' },
    { name: 'labels', shape: [batch, 4], dtype: 'float32' },
    ...Object.entries(adapters).map(([name, { shape }]) => ({ name, shape, dtype: 'float32' as const })),
  ];
}

type Tensors = Record<string, tf.Tensor>;

function norm(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.mul(centred, centred), -1, true);
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-12))), gain), bias);
}

function encoderLoss(shape: EncoderShape, w: Tensors, adapters: Tensors, ids: tf.Tensor, labels: tf.Tensor) {
  const { layers, width, heads, batch, tokens } = shape;
  const perHead = width / heads;
  const linear = (x: tf.Tensor, name: string): tf.Tensor => {
    let y = tf.add(tf.matMul(x, w[name]!, false, true), w[`${name}.bias`]!);
    for (const which of ['shared', 'personal']) {
      const [A, B] = [adapters[`${name}.${which}.A`], adapters[`${name}.${which}.B`]];
      if (A && B) y = tf.add(y, tf.matMul(tf.matMul(x, A, false, true), B, false, true));
    }
    return y;
  };
  const split = (x: tf.Tensor) => tf.transpose(tf.reshape(x, [batch, tokens, heads, perHead]), [0, 2, 1, 3]);
  let x: tf.Tensor = tf.reshape(tf.gather(w.embedding!, tf.cast(ids, 'int32')), [batch * tokens, width]);
  for (let layer = 0; layer < layers; layer++) {
    const [q, k, v] = ['q', 'k', 'v'].map((name) => split(linear(x, `${layer}.${name}`))) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(perHead));
    const mixed = tf.transpose(tf.matMul(tf.softmax(scores), v), [0, 2, 1, 3]);
    const attended = linear(tf.reshape(mixed, [batch * tokens, width]), `${layer}.o`);
    x = norm(tf.add(x, attended), w[`${layer}.norm1.gain`]!, w[`${layer}.norm1.bias`]!);
    const up = linear(x, `${layer}.up`);
    const gelu = tf.mul(tf.mul(up, 0.5), tf.add(tf.erf(tf.mul(up, Math.SQRT1_2)), 1));
    x = norm(tf.add(x, linear(gelu, `${layer}.down`)), w[`${layer}.norm2.gain`]!, w[`${layer}.norm2.bias`]!);
  }
  const pooled = tf.mean(tf.reshape(x, [batch, tokens, width]), 1);
  const logits = tf.matMul(pooled as tf.Tensor2D, adapters.head as tf.Tensor2D, false, true);
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), labels), -1)));
}

/** Loss and the gradient of every adapter tensor, as `grad:<name>`. */
export function encoderStep(shape: EncoderShape, inputs: Tensors, frozen: Tensors): Tensors {
  const { ids, labels, ...adapters } = inputs as Tensors & { ids: tf.Tensor; labels: tf.Tensor };
  const names = Object.keys(adapters);
  const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
    const given = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
    return encoderLoss(shape, frozen, given, ids, labels) as tf.Scalar;
  })(Object.values(adapters));
  return { loss: value, ...Object.fromEntries(names.map((name, i) => [`grad:${name}`, grads[i]!])) };
}

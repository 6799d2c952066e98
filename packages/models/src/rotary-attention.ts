// Attention of rotary decoders: grouped queries (arXiv 2305.13245), over one text or after cached keys and values.
// Projections' adapters come with `linear`; masks and positions are the caller's. No order of layers here.
import * as tf from '@tensorflow/tfjs-core';
import type { ApplyLinear, LayerCache } from './model-family.ts';
import { type Rotary, rotate } from './rotary.ts';
import { type AttentionShape, mergeHeads, splitHeads } from './transformer-blocks.ts';

export interface AttentionHeads {
  readonly heads: number;
  /** Heads of keys and values; each serves heads / keyHeads query heads. */
  readonly keyHeads: number;
  readonly headSize: number;
}

export interface AttentionInput {
  /** [B * T, d] */
  readonly x: tf.Tensor2D;
  /** Added to scores, [B, 1, T, C + T]. */
  readonly bias: tf.Tensor4D;
  readonly positions: Rotary;
  /** What lies before x; undefined: C = 0. */
  readonly cache: LayerCache | undefined;
}

export interface Attended {
  /** [B * T, d] */
  readonly output: tf.Tensor2D;
  /** Of x: [B, keyHeads, T, headSize]. */
  readonly cache: LayerCache;
}

/**
 * The G query heads of a key head are laid below each other, [B, keyHeads, G * T, headSize], so that one product
 * serves them all and keys and values are never repeated.
 */
export function attention(
  config: AttentionHeads,
  linear: ApplyLinear,
  input: AttentionInput,
  prefix: string,
): Attended {
  const { x, bias, positions } = input;
  const { heads, keyHeads, headSize } = config;
  const [batch, , length] = bias.shape;
  const queryShape: AttentionShape = { batch, length, heads, headSize };
  const keyShape: AttentionShape = { batch, length, heads: keyHeads, headSize };
  const q = rotate(splitHeads(linear(x, `${prefix}q_proj`), queryShape), positions);
  const keys = rotate(splitHeads(linear(x, `${prefix}k_proj`), keyShape), positions);
  const values = splitHeads(linear(x, `${prefix}v_proj`), keyShape);
  const rows = (heads / keyHeads) * length;
  const grouped: tf.Tensor4D = tf.reshape(tf.mul(q, headSize ** -0.5), [batch, keyHeads, rows, headSize]);
  const parts = input.cache === undefined ? [{ keys, values }] : [input.cache, { keys, values }];
  const mixed = tf.reshape(mix(grouped, parts, bias, heads), [batch, heads, length, headSize]);
  const output = linear(mergeHeads(mixed as tf.Tensor4D, queryShape), `${prefix}o_proj`);
  return { output, cache: { keys, values } };
}

/**
 * softmax(q [k1 k2]^T + bias) [v1; v2], part by part: a cache is never copied to stand beside the new keys.
 * q [B, keyHeads, G * T, headSize]; the result too.
 */
function mix(q: tf.Tensor4D, parts: readonly LayerCache[], bias: tf.Tensor4D, heads: number): tf.Tensor {
  const [batch, keyHeads, rows] = q.shape;
  const [, , length, all] = bias.shape;
  const products = parts.map(({ keys }) => tf.matMul(q, keys, false, true));
  const scores = tf.reshape(joined(products), [batch, heads, length, all]);
  const probabilities: tf.Tensor4D = tf.reshape(tf.softmax(tf.add(scores, bias)), [
    batch,
    keyHeads,
    rows,
    all,
  ]);
  if (parts.length === 1) return tf.matMul(probabilities, parts[0]!.values);
  const sizes = parts.map(({ values }) => values.shape[2]);
  const shares = tf.split(probabilities, sizes, 3);
  return shares
    .map((share, i) => tf.matMul(share, parts[i]!.values) as tf.Tensor)
    .reduce((sum, part) => tf.add(sum, part));
}

function joined(products: readonly tf.Tensor[]): tf.Tensor {
  return products.length === 1 ? products[0]! : tf.concat([...products], 3);
}

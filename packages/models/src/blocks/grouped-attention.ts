// The heart of attention by heads: grouped queries (arXiv 2305.13245) over the text's own keys and values, and
// over cached ones before them. Projections, rotation and masks are the families'.
import * as tf from '@tensorflow/tfjs-core';
import type { LayerCache } from '../model-family.ts';
import { mixValues } from './transformer-blocks.ts';

/**
 * softmax(scale q k^T + bias) v for q [B, heads, T, headSize], which the result resembles. `own` are the keys and
 * values of q's tokens, [B, keyHeads, T, headSize]; `cache` those before them; bias broadcasts to [B, 1, T, C + T].
 * The G query heads of a key head are laid below each other, [B, keyHeads, G * T, headSize], so that one product
 * serves them all and keys and values are never repeated.
 */
export function groupedAttention(
  q: tf.Tensor4D,
  own: LayerCache,
  cache: LayerCache | undefined,
  bias: tf.Tensor4D,
  scale: number,
): tf.Tensor4D {
  const [batch, heads, length, headSize] = q.shape;
  const keyHeads = own.keys.shape[1];
  const all = bias.shape[3];
  const rows = (heads / keyHeads) * length;
  const grouped: tf.Tensor4D = tf.reshape(tf.mul(q, scale), [batch, keyHeads, rows, headSize]);
  if (cache === undefined) {
    return tf.reshape(mixValues(grouped, own.keys, own.values, bias, heads), q.shape);
  }
  const parts = [cache, own];
  const scores = tf.reshape(scoreParts(grouped, parts), [batch, heads, length, all]);
  const weights: tf.Tensor4D = tf.reshape(tf.softmax(tf.add(scores, bias)), [batch, keyHeads, rows, all]);
  return tf.reshape(mixParts(weights, parts), [batch, heads, length, headSize]);
}

/** q [k1; k2]^T part by part: a cache is never copied to stand beside the new keys. */
function scoreParts(q: tf.Tensor4D, parts: readonly LayerCache[]): tf.Tensor4D {
  return tf.concat(
    parts.map(({ keys }) => tf.matMul(q, keys, false, true) as tf.Tensor4D),
    3,
  );
}

/** weights [v1; v2], likewise. */
function mixParts(weights: tf.Tensor4D, parts: readonly LayerCache[]): tf.Tensor4D {
  const sizes = parts.map(({ values }) => values.shape[2]);
  return tf
    .split(weights, sizes, 3)
    .map((share, i) => tf.matMul(share, parts[i]!.values) as tf.Tensor4D)
    .reduce((sum, part) => tf.add(sum, part));
}

// What is added to attention scores so that a token sees no padding, nothing after it, and nothing too far away;
// and the places of tokens as a mask tells them. All in tfjs ops; attention itself is elsewhere.
import * as tf from '@tensorflow/tfjs-core';

const masked = 1e9; // finite: a row of nothing but padding stays free of NaN

/** Added to attention scores: 0 at real tokens, -1e9 at padding. mask [B, T] -> [B, 1, 1, T] */
export function paddingBias(mask: tf.Tensor2D): tf.Tensor4D {
  const [batch, length] = mask.shape;
  return tf.reshape(tf.mul(tf.sub(mask, 1), masked), [batch, 1, 1, length]);
}

/**
 * Added to attention scores: -1e9 where a key lies after its query, or `window` or more places before it. Queries and keys
 * are those from start to end - 1 of one text; computed where it is used, since its numbers would be many. [1, 1, queries, keys]
 */
export function causalBias(
  queries: readonly [start: number, end: number],
  keys: readonly [start: number, end: number],
  window?: number,
): tf.Tensor4D {
  const rows = tf.reshape(tf.range(...queries), [-1, 1]);
  const columns = tf.reshape(tf.range(...keys), [1, -1]);
  const later = tf.greater(columns, rows);
  const hidden =
    window === undefined ? later : tf.logicalOr(later, tf.lessEqual(columns, tf.sub(rows, window)));
  const bias = tf.mul(tf.cast(hidden, 'float32'), -masked);
  return tf.reshape(bias, [1, 1, queries[1] - queries[0], keys[1] - keys[0]]);
}

/** Added to attention scores: -1e9 where query and key are more than `reach` places apart. [1, 1, T, T] */
export function localBias(length: number, reach: number): tf.Tensor4D {
  return constantBias(length, length, (query, key) => Math.abs(query - key) <= reach);
}

/**
 * The bias of T new tokens after C cached ones, mask [B, C + T] of both: [B, 1, T, C + T]. Cached slots hold tokens
 * in their order, with gaps perhaps: distance is counted in real tokens.
 */
export function decodeBias(mask: tf.Tensor2D, length: number, window?: number): tf.Tensor4D {
  const [batch, all] = mask.shape;
  const cached = all - length;
  const later = laterPlaces(all, cached, length);
  const bias = tf.sub<tf.Tensor4D>(paddingBias(mask), tf.mul(later, masked));
  if (window === undefined || all <= window) return bias;
  const places = tf.cumsum(mask, 1);
  const queries = tf.reshape(tf.slice(places, [0, cached], [batch, length]), [batch, 1, length, 1]);
  const distances = tf.sub(queries, tf.reshape(places, [batch, 1, 1, all]));
  const tooFar = tf.relu(tf.sub(distances, window - 1)); // at least 1 where it is too far
  return tf.sub(bias, tf.mul(tooFar, masked));
}

/** How many slots a key lies after its query, else 0; counted, since how many there are may be left to each run. [1, 1, T, C + T] */
function laterPlaces(all: number, cached: number, length: number): tf.Tensor4D {
  const slots = tf.cumsum(tf.fill([all], 1)); // exact up to 2^24
  const queries = tf.reshape(tf.slice(slots, [cached], [length]), [1, 1, length, 1]);
  return tf.relu(tf.sub(tf.reshape(slots, [1, 1, 1, all]), queries));
}

/** The place of each real token in its text, from 0, wherever the padding is: int32 [B, T]. */
export function tokenPlaces(mask: tf.Tensor2D): tf.Tensor2D {
  return tf.cast(tf.relu(tf.sub(tf.cumsum(mask, 1), 1)), 'int32');
}

type Sees = (query: number, key: number) => boolean;

function constantBias(queries: number, keys: number, sees: Sees): tf.Tensor4D {
  const values = Float32Array.from({ length: queries * keys }, (_, i) =>
    sees(Math.floor(i / keys), i % keys) ? 0 : -masked,
  );
  return tf.tensor4d(values, [1, 1, queries, keys]);
}

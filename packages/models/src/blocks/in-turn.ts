// Work that is done in pieces so that only one piece's intermediates are there at a time. A runtime that orders a
// compiled graph by what depends on what could begin all pieces first, so each is made to depend on the one before.
import * as tf from '@tensorflow/tfjs-core';

/**
 * `value` itself, not to be had before all of `earlier` have been computed: it is chosen between itself and itself by a
 * condition that comes from them, which runtimes don't see through. For functions with their own gradient.
 */
export function after<T extends tf.Tensor>(earlier: readonly tf.Tensor[], value: T): T {
  if (earlier.length === 0) return value;
  const marks = earlier.map((tensor) => tf.slice(tf.reshape(tensor, [-1]), 0, 1));
  const mark = marks.reduce((sum, next) => tf.add(sum, next));
  const shape = value.shape.map(() => 1);
  return tf.where(tf.reshape(tf.less(mark, mark), shape), value, value) as T;
}

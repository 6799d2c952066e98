// Test support: tfjs run eagerly on its cpu backend, with gradients, on plain tensors.
// tfjs-core's entry for Node leaves its gradients out; they are registered here from the same package, whose modules name
// each other as bundlers read them: tsx does too.
import '@tensorflow/tfjs-backend-cpu';
import type { TensorMap } from '@colora/tensors/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { require as requireBundled } from 'tsx/cjs/api';
import { makeApplyLinear } from './blocks/adapted-linear.ts';
import type { ApplyLinear, Batch, Weights } from './model-family.ts';
import type { ReferenceBatch } from './testing-references.ts';

requireBundled('@tensorflow/tfjs-core/dist/register_all_gradients.js', import.meta.url);
tf.env().set('IS_NODE', false); // or tfjs advertises its native backend on the first op

export function toTf(tensors: TensorMap): Record<string, tf.Tensor> {
  return Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape], 'float32')]),
  );
}

/** The base model's own linear layers, without adapters. */
export function plainLinear(weights: Weights): ApplyLinear {
  return makeApplyLinear(weights, { layout: 'core', rank: 1, alpha: 1, targets: [] }, [], {});
}

export function toBatch({ size, length, ids, mask }: ReferenceBatch): Batch {
  return { ids: tf.tensor2d(ids, [size, length], 'int32'), mask: tf.tensor2d(mask, [size, length]) };
}

/** Rows of ids padded on the right with 0 to the longest (or to `length`). */
export function padRows(rows: readonly (readonly number[])[], length?: number): ReferenceBatch {
  const longest = length ?? Math.max(...rows.map((row) => row.length));
  const ids = new Int32Array(rows.length * longest);
  const mask = new Float32Array(ids.length);
  rows.forEach((row, i) => {
    ids.set(row, i * longest);
    mask.fill(1, i * longest, i * longest + row.length);
  });
  return { size: rows.length, length: longest, ids, mask };
}

/** A scalar function's value and its gradient by every named tensor. */
export function valueAndGradients(
  trained: Readonly<Record<string, tf.Tensor>>,
  loss: (trained: Readonly<Record<string, tf.Tensor>>) => tf.Scalar,
): { value: number; gradients: Record<string, Float32Array> } {
  const names = Object.keys(trained);
  const named = (tensors: tf.Tensor[]) => Object.fromEntries(tensors.map((t, i) => [names[i]!, t]));
  const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => loss(named(tensors)))(
    names.map((name) => trained[name]!),
  );
  const gradients = grads.map((gradient, i) => [names[i]!, gradient.dataSync() as Float32Array]);
  return { value: value.dataSync()[0]!, gradients: Object.fromEntries(gradients) };
}

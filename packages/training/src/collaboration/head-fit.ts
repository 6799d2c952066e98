// A head by itself: rows fitted to features that stay as they are, by full-batch Adam. A few thousand numbers, so plain
// loops do; features are computed once and serve every fit. Where they come from is evaluation/example-features.ts.
import type { TensorMap } from '@colora/tensors/tensor';
import { adam } from '../optimizers/adam.ts';

/** Examples as a head sees them. */
export interface FeatureTable {
  /** [N, F] */
  readonly features: Float32Array;
  /** F */
  readonly size: number;
  /** N indices of right labels, 0 to L - 1. */
  readonly labels: readonly number[];
}

export interface HeadFit {
  readonly steps: number;
  readonly rate: number;
  /** logits = scale (W f + b) */
  readonly scale: number;
}

/**
 * Rows ([F + 1] a label, L of them, in the order of their labels) after so many steps down the mean cross-entropy of the
 * examples of these indices. Without any example they stay as they are.
 */
export function fitHead(
  table: FeatureTable,
  examples: readonly number[],
  start: TensorMap,
  { steps, rate, scale }: HeadFit,
): TensorMap {
  const optimizer = adam();
  let rows = start;
  let state = optimizer.init(start);
  for (let step = 0; step < (examples.length === 0 ? 0 : steps); step += 1) {
    const gradients = meanGradient(table, examples, rows, scale);
    const next = optimizer.next(state, rows, gradients, () => rate);
    rows = next.params;
    state = next.state;
  }
  return rows;
}

/** log softmax(scale (W f + b)) of one example: [L] */
export function logProbabilities(
  { features, size }: FeatureTable,
  example: number,
  rows: TensorMap,
  scale: number,
): Float64Array {
  const logits = new Float64Array(rows.size);
  let label = 0;
  for (const { data } of rows.values()) {
    let sum = data[size]!;
    for (let i = 0, at = example * size; i < size; i += 1, at += 1) sum += data[i]! * features[at]!;
    logits[label] = scale * sum;
    label += 1;
  }
  const top = Math.max(...logits);
  const logSum = top + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
  return logits.map((logit) => logit - logSum);
}

/** Of the mean cross-entropy: scale (p - y) f / N, summed over the examples. */
function meanGradient(
  table: FeatureTable,
  examples: readonly number[],
  rows: TensorMap,
  scale: number,
): TensorMap {
  const { features, size, labels } = table;
  const gradients = [...rows].map(
    ([name, { shape }]) => [name, { shape, data: new Float32Array(size + 1) }] as const,
  );
  for (const example of examples) {
    const logs = logProbabilities(table, example, rows, scale);
    for (const [label, [, { data }]] of gradients.entries()) {
      const error = Math.exp(logs[label]!) - (label === labels[example] ? 1 : 0);
      const slope = (scale * error) / examples.length;
      for (let i = 0, at = example * size; i < size; i += 1, at += 1) data[i]! += slope * features[at]!;
      data[size]! += slope;
    }
  }
  return new Map(gradients);
}

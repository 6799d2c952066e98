// The vocabulary's matrix in bytes for the losses of a base model in 8 bits: cut into parts of its rows, each a matrix of its own
// with scales of its own, for products in both directions. Tokens are looked up in the stored matrix. What scores a token at a
// time when a model writes is quantised-output.ts's.
import type * as tf from '@tensorflow/tfjs-core';
import { type BaseModel, outputMatrix } from './base-model.ts';
import type { Weights } from './model-family.ts';
import type { WeightEntry } from './weights/weight-files.ts';

/**
 * Rows of a part. The scores of one are there at a time, 8 MB for 512 places; and exponentials of a part share their scale
 * once they are bytes, so that those of a large one would leave none to rare tokens.
 */
const partRows = 4096;

export interface OutputPart {
  readonly weight: WeightEntry;
  /** Its first row of the stored matrix. */
  readonly from: number;
}

/** None for a model without a vocabulary to score. */
export function outputParts(base: BaseModel): OutputPart[] {
  const matrix = outputMatrix(base);
  if (matrix === undefined) return [];
  const [rows, width] = matrix.shape as [number, number];
  return Array.from({ length: Math.ceil(rows / partRows) }, (_, i) => {
    const from = i * partRows;
    const shape = [Math.min(partRows, rows - from), width];
    return { weight: { ...matrix, name: partName(i), shape }, from };
  });
}

/** Whether this is a weight for losses alone. */
export function isOutputPart({ name }: WeightEntry): boolean {
  return name.startsWith(partPrefix);
}

/** The parts in their order, [n, d] each; undefined where the weights hold none. */
export function partsInBytes(weights: Weights): tf.Tensor2D[] | undefined {
  const parts: tf.Tensor2D[] = [];
  while (weights[partName(parts.length)] !== undefined)
    parts.push(weights[partName(parts.length)] as tf.Tensor2D);
  return parts.length === 0 ? undefined : parts;
}

const partPrefix = 'output part ';
const partName = (i: number) => `${partPrefix}${i}`;

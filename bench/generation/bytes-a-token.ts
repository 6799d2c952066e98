// What a base model's weights take that are read anew for every token: all but the embedding, of which one row is read.
import { type BaseModel, outputMatrix } from '@colora/models/base-model';
import { isOutputPart } from '@colora/models/output-parts';
import { isOutputSlice } from '@colora/models/quantised-output';
import type { WeightEntry } from '@colora/models/weights/weight-files';

export function bytesAToken(base: BaseModel): number {
  const stored = outputMatrix(base);
  const inBytes = base.weights.some(isOutputSlice);
  const lookedUp = new Set([base.family.decoder?.embedding, stored?.name]);
  return base.weights
    .filter(
      (weight) => (weight === stored && !inBytes) || !(lookedUp.has(weight.name) || isOutputPart(weight)),
    )
    .reduce((sum, weight) => sum + bytesOf(weight), 0);
}

function bytesOf({ length, quantised }: WeightEntry): number {
  if (quantised === undefined) return length;
  const { data, scales } = 'plain' in quantised ? quantised.transposed : quantised.rows; // one direction is used
  return data.length + scales.length;
}

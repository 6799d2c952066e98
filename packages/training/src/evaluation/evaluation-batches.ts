// Runs the evaluation program over examples, batch by batch. What its outputs mean is evaluate.ts and tags.ts.
import type { TensorMap } from '@colora/tensors/tensor';
import type { Engine } from '../engines/engine.ts';
import { prepareBatch } from '../programs/batches.ts';
import type { ModelParts } from '../programs/model-parts.ts';
import { parameterInputs } from '../programs/parameter-inputs.ts';
import { type BatchShape, evaluationProgram } from '../programs/programs.ts';
import type { EncodedExample } from '../text/encode-examples.ts';

type Collect = (
  outputs: Record<string, { readonly data: Float32Array }>,
  examples: readonly EncodedExample[],
  shape: BatchShape,
) => void;

/** In batches of the training size: these share the frozen prefix, and what is kept of it, with training. */
export async function inBatches(
  engine: Engine,
  parts: ModelParts,
  tensors: TensorMap,
  examples: readonly EncodedExample[],
  collect: Collect,
): Promise<void> {
  const size = parts.settings.training.batchSize;
  const parameters = parameterInputs(parts, tensors);
  for (let start = 0; start < examples.length; start += size) {
    const chunk = examples.slice(start, start + size);
    const batch = prepareBatch(parts, chunk, size, false);
    const compiled = await engine.compile(evaluationProgram(parts, batch.shape));
    collect(await compiled.run({ ...batch.inputs, ...parameters }, batch.keys), chunk, batch.shape);
  }
}

/** Row `row` of logits [N, L] as probabilities. */
export function softmaxRow(logits: Float32Array, row: number, count: number): number[] {
  const scores = [...logits.subarray(row * count, (row + 1) * count)];
  const top = Math.max(...scores);
  const exponentials = scores.map((score) => Math.exp(score - top));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}

/** The index of the largest value; the first of equals. */
export function largest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

// Runs the evaluation program over examples, batch by batch. What its outputs mean is the kind of task's.
import type { TensorMap } from '@colora/tensors/tensor';
import type { Engine } from '../engines/engine.ts';
import { prepareBatch } from '../programs/batches.ts';
import type { ModelParts } from '../programs/model-parts.ts';
import { parameterInputs } from '../programs/parameter-inputs.ts';
import { evaluationProgram } from '../programs/programs.ts';
import type { EncodedExample } from '../tasks/encoded-example.ts';
import type { EvaluatedBatch } from '../tasks/evaluated-batch.ts';

/** In batches of the training size: these share the frozen prefix, and what is kept of it, with training. */
export async function evaluateBatches(
  engine: Engine,
  parts: ModelParts,
  tensors: TensorMap,
  examples: readonly EncodedExample[],
): Promise<EvaluatedBatch[]> {
  const size = parts.settings.training.batchSize;
  const parameters = parameterInputs(parts, tensors);
  const evaluated: EvaluatedBatch[] = [];
  for (let start = 0; start < examples.length; start += size) {
    const chunk = examples.slice(start, start + size);
    const { shape, inputs, keys } = prepareBatch(parts, chunk, size, false);
    const compiled = await engine.compile(evaluationProgram(parts, shape));
    const outputs = await compiled.run({ ...inputs, ...parameters }, keys);
    evaluated.push({ examples: chunk, shape, outputs });
  }
  return evaluated;
}

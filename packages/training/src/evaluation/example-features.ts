// What a head looks at, of a learner's own examples: the vector of each text under given adapters. One forward pass.
import type { TensorMap } from '@colora/tensors/tensor';
import type { FeatureTable } from '../collaboration/head-fit.ts';
import type { Engine } from '../engines/engine.ts';
import { prepareBatch } from '../programs/batches.ts';
import type { ModelParts } from '../programs/model-parts.ts';
import { parameterInputs } from '../programs/parameter-inputs.ts';
import { featuresProgram } from '../programs/programs.ts';
import type { EncodedExample } from '../tasks/encoded-example.ts';

/** `tensors`: all owners'. Every example has one of the learner's labels. In batches of the training size, as evaluation. */
export async function exampleFeatures(
  engine: Engine,
  parts: ModelParts,
  tensors: TensorMap,
  examples: readonly EncodedExample[],
): Promise<FeatureTable> {
  const size = parts.featureSize;
  const batch = parts.settings.training.batchSize;
  const parameters = parameterInputs(parts, tensors);
  const features = new Float32Array(examples.length * size);
  for (let start = 0; start < examples.length; start += batch) {
    const chunk = examples.slice(start, start + batch);
    const { shape, inputs, keys } = prepareBatch(parts, chunk, batch, false);
    const compiled = await engine.compile(featuresProgram(parts, shape));
    const { features: found } = await compiled.run({ ...inputs, ...parameters }, keys);
    features.set(found!.data.subarray(0, chunk.length * size), start * size);
  }
  return { features, size, labels: examples.map(({ label }) => label) };
}

// What a head looks at, of a learner's own examples: the vector of each text under given adapters. One forward pass.
import { initialHead } from '@colora/adapters/head';
import { seededRandom } from '@colora/tensors/random';
import { type TensorMap, zeros } from '@colora/tensors/tensor';
import type { FeatureTable } from '../collaboration/head-fit.ts';
import type { Engine } from '../engines/engine.ts';
import { pickTensors } from '../pick-tensors.ts';
import { prepareBatch } from '../programs/batches.ts';
import { frozenTensors, initialPersonal, type ModelParts } from '../programs/model-parts.ts';
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

/** All owners' tensors of a checkpoint, personal ones at their start. `source` names it in a TrainingError `bad-tensors`. */
export function atPersonalStart(
  parts: ModelParts,
  seed: string | number,
  shared: TensorMap,
  source: string,
): TensorMap {
  return new Map([
    ...frozenTensors(parts),
    ...initialPersonal(parts, seed),
    ...pickTensors(shared, parts.shared, source),
  ]);
}

/** The same on the base model as it is, without any adapter. */
export function frozenFeatures(
  engine: Engine,
  parts: ModelParts,
  examples: readonly EncodedExample[],
): Promise<FeatureTable> {
  const noAdapters = parts.adapters.map(({ name, shape }) => [name, zeros(shape)] as const);
  const rows = initialHead([...parts.head.shared, ...parts.head.personal], parts.featureSize);
  return exampleFeatures(engine, parts, new Map([...noAdapters, ...rows]), examples);
}

/** Of more examples a drawn part is looked at: figures are sharp enough, and fits stay a matter of seconds. */
const mostExamples = 1000;

export function drawnExamples(all: readonly EncodedExample[], seed: string): readonly EncodedExample[] {
  return all.length <= mostExamples ? all : seededRandom(seed).shuffle(all).slice(0, mostExamples);
}

// One training step as every implementation runs it: a base model in a folder, adapters of rank 8 and a batch. Written
// down for PyTorch beside it. Which model and batch: encoder.ts, language-model.ts.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '@colora/tensors/random';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { type Tensor, type TensorMap, tensor, zeros } from '@colora/tensors/tensor';
import type { Inputs } from '@colora/training/engines/engine';
import type { ModelParts } from '@colora/training/programs/model-parts';
import { parameterInputs } from '@colora/training/programs/parameter-inputs';
import type { BatchShape } from '@colora/training/tasks/encoded-example';

export interface Step {
  readonly case: string;
  readonly parts: ModelParts;
  readonly shape: BatchShape;
  readonly inputs: Inputs;
  /** Holds step.safetensors and step.json for the peers, and whatever else is made for the benchmark. */
  readonly folder: string;
}

/** Gaussian numbers of this standard deviation, the same for a name everywhere. */
export function randomTensor(name: string, shape: readonly number[], deviation: number): Tensor {
  const random = seededRandom(name);
  const drawn = zeros(shape); // written in place: these may be millions, in a process whose memory is measured
  for (let i = 0; i < drawn.data.length; i += 1) drawn.data[i] = random.gaussian() * deviation;
  return drawn;
}

export interface Batch {
  readonly ids: Int32Array;
  readonly targets: Inputs;
  /** Classes of the rows; none for a language model. */
  readonly classes: readonly number[];
}

/** The adapters drawn, the step put together and written for the peers. */
export function makeStep(
  name: string,
  parts: ModelParts,
  shape: BatchShape,
  { ids, targets, classes }: Batch,
  folder: string,
): Step {
  const trained: TensorMap = new Map(
    parts.shared.map(({ name: key, shape: dimensions }) => [key, randomTensor(key, dimensions, 0.05)]),
  );
  const mask = new Float32Array(ids.length).fill(1);
  const inputs: Inputs = { ids, mask, ...targets, ...parameterInputs(parts, trained) };
  const head =
    classes.length === 0
      ? []
      : ([
          ['head.weight', tensor([parts.labels.length, parts.featureSize], inputs['shared-head:weight']!)],
          ['head.bias', tensor([parts.labels.length], inputs['shared-head:bias']!)],
          ['labels', tensor([classes.length], [...classes])],
        ] as const);
  const tensors = new Map<string, Tensor>([
    ...[...trained].filter(([key]) => !key.startsWith('head/')),
    ...head,
    ['ids', tensor([shape.size, shape.tokens], [...ids])],
    ['mask', tensor([shape.size, shape.tokens], mask)],
  ]);
  writeFileSync(join(folder, 'step.safetensors'), encode(tensors));
  const { rank, alpha } = parts.settings.adapter;
  const modules = parts.modules.map(({ name: module }) => module); // peft knows no `top-8:` and other words of ours
  const settings = { model: parts.base.folder, rank, alpha, targets: modules, headScale: 1 };
  writeFileSync(join(folder, 'step.json'), JSON.stringify(settings));
  return { case: name, parts, shape, inputs, folder };
}

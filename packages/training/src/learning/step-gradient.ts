// The loss and the gradient of one step: one batch, or several whose mean gradient counts as that of one large batch.
// What a step does with it is local-steps.ts.
import { addScaled, finiteValues, norm, scale } from '@colora/tensors/arithmetic';
import type { TensorMap } from '@colora/tensors/tensor';
import type { Engine } from '../engines/engine.ts';
import type { LocalOptimizer } from '../optimizers/local-optimizer.ts';
import { prepareBatch } from '../programs/batches.ts';
import type { ModelParts } from '../programs/model-parts.ts';
import { gradientsOf, parameterInputs } from '../programs/parameter-inputs.ts';
import { type PhaseName, trainingProgram } from '../programs/programs.ts';
import { countedTokens, type EncodedExample } from '../tasks/encoded-example.ts';
import { taskOf } from '../tasks/tasks.ts';
import { nextBatch, type Order, type Place } from './batch-order.ts';

/** What stays the same over all steps of a learner. */
export interface TrainingSetup {
  readonly engine: Engine;
  readonly parts: ModelParts;
  readonly examples: readonly EncodedExample[];
  /** The learner's own examples that judge personal steps (early-stopping.ts); never trained on. */
  readonly validation: readonly EncodedExample[];
  /** How examples are drawn; a step's size is the settings'. */
  readonly order: Omit<Order, 'size'>;
  readonly optimizer: LocalOptimizer;
  /** Told after each step's gradient: how far a round has come. */
  readonly onStep?: () => void;
}

interface StepGradient {
  readonly loss: number;
  readonly gradients: TensorMap;
  /** Where the next step's examples begin. */
  readonly place: Place;
}

/** Of the next `batchSize * accumulate` examples. Losses of single tokens are averaged over all of theirs together. */
export async function stepGradient(
  setup: TrainingSetup,
  phase: PhaseName,
  tensors: TensorMap,
  from: Place,
): Promise<StepGradient> {
  const gradient = await meanOfBatches(setup, phase, tensors, from);
  setup.onStep?.();
  return gradient;
}

async function meanOfBatches(
  setup: TrainingSetup,
  phase: PhaseName,
  tensors: TensorMap,
  from: Place,
): Promise<StepGradient> {
  const { batchSize, accumulate } = setup.parts.settings.training;
  const { indices, place } = nextBatch({ ...setup.order, size: batchSize * accumulate }, from);
  const batches = cutBatches(
    indices.map((index) => setup.examples[index]!),
    batchSize,
  );
  const counts = batches.map((batch) => countOf(batch, setup));
  const all = counts.reduce((sum, count) => sum + count, 0);
  let loss = 0;
  let gradients: TensorMap | undefined;
  for (const [index, batch] of batches.entries()) {
    const part = await batchGradient(setup, phase, tensors, batch);
    if (batches.length === 1) return { ...part, place };
    const share = all === 0 ? 0 : counts[index]! / all;
    loss += share * part.loss;
    gradients =
      gradients === undefined ? scale(part.gradients, share) : addScaled(gradients, part.gradients, share);
  }
  return { loss, gradients: gradients ?? new Map(), place };
}

/** Within a step order doesn't matter, so batches get examples of like length. */
function cutBatches(examples: readonly EncodedExample[], size: number): EncodedExample[][] {
  if (examples.length === size) return [[...examples]];
  const sorted = [...examples].sort((a, b) => a.padTo - b.padTo);
  return Array.from({ length: sorted.length / size }, (_, index) =>
    sorted.slice(index * size, (index + 1) * size),
  );
}

/** What a batch's loss is a mean over. */
function countOf(batch: readonly EncodedExample[], { parts }: TrainingSetup): number {
  if (taskOf(parts.settings.task).answers === 'texts') return batch.length;
  return batch.reduce((sum, example) => sum + countedTokens(example), 0);
}

async function batchGradient(
  setup: TrainingSetup,
  phase: PhaseName,
  tensors: TensorMap,
  examples: readonly EncodedExample[],
): Promise<{ loss: number; gradients: TensorMap }> {
  const { parts } = setup;
  const batch = prepareBatch(parts, examples, examples.length, true);
  const compiled = await setup.engine.compile(trainingProgram(parts, phase, batch.shape));
  const outputs = await compiled.run({ ...batch.inputs, ...parameterInputs(parts, tensors) }, batch.keys);
  return { loss: outputs.loss!.data[0]!, gradients: gradientsOf(parts, phase, outputs) };
}

/** Scaled down to the global L2 norm `most` (Pascanu, Mikolov and Bengio 2013, arXiv 1211.5063). */
export function clipGradients(gradients: TensorMap, most: number | undefined): TensorMap {
  if (most === undefined) return gradients;
  const length = norm(gradients);
  return length > most ? scale(gradients, most / length) : gradients;
}

/** What is NaN or infinite: the loss, or the gradient of the first such tensor; null where all is well. */
export function brokenPart({ loss, gradients }: StepGradient): string | null {
  const broken = [...gradients].find(([, { data }]) => !finiteValues(data));
  if (!Number.isFinite(loss)) return 'the loss';
  return broken === undefined ? null : `the gradient of ${broken[0]}`;
}

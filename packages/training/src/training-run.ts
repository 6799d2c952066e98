// Local steps of one phase: draw a batch, loss and gradients from the engine, one step of the local optimizer.
// The story of a round is train-round.ts.
import { personalRateOf, sharedRateOf } from '@colora/protocol/task-settings';
import { addScaled, allFinite, scale } from '@colora/tensors/arithmetic';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import { nextBatch, type Place } from './batch-order.ts';
import { prepareBatch } from './batches.ts';
import type { Engine } from './engine.ts';
import type { EncodedExample } from './examples.ts';
import type { LocalOptimizer, RateOf } from './local-optimizer.ts';
import type { ModelParts } from './model-parts.ts';
import { gradientsOf, parameterInputs } from './parameter-inputs.ts';
import { type Phase, trainingProgram } from './programs.ts';
import { TrainingError } from './training-error.ts';

/** What stays the same over all steps of a learner. */
export interface TrainingRun {
  readonly engine: Engine;
  readonly parts: ModelParts;
  readonly examples: readonly EncodedExample[];
  readonly seed: number;
  readonly optimizer: LocalOptimizer;
}

/** What the steps change. */
export interface StepState {
  /** All owners' tensors by name. */
  readonly tensors: TensorMap;
  readonly optimizerState: TensorMap;
  readonly place: Place;
}

export interface StepsResult {
  readonly state: StepState;
  /** Mean over the steps; null without steps. */
  readonly loss: number | null;
}

/** `where` names the round in the error of a step that diverges: TrainingError `not-finite`. */
export async function trainSteps(
  run: TrainingRun,
  phase: Phase,
  steps: number,
  start: StepState,
  where: string,
): Promise<StepsResult> {
  const rateOf = ratesOf(run.parts);
  let state = start;
  let sum = 0;
  for (let step = 1; step <= steps; step += 1) {
    const { loss, gradients, place } = await lossAndGradients(
      run,
      phase,
      state,
      `${where}, ${phase} step ${step}`,
    );
    const stepped = run.optimizer.next(state.optimizerState, state.tensors, gradients, rateOf);
    state = { tensors: stepped.params, optimizerState: stepped.state, place };
    sum += loss;
  }
  return { state, loss: steps === 0 ? null : sum / steps };
}

/** The mean gradient of the phase's tensors over `batches` batches, nothing moved. */
export async function meanGradient(
  run: TrainingRun,
  phase: Phase,
  batches: number,
  start: StepState,
  where: string,
): Promise<{ gradient: TensorMap; place: Place; loss: number }> {
  let place = start.place;
  let total: TensorMap | undefined;
  let sum = 0;
  for (let batch = 1; batch <= batches; batch += 1) {
    const at = `${where}, ${phase} batch ${batch}`;
    const { loss, gradients, place: next } = await lossAndGradients(run, phase, { ...start, place }, at);
    total = total === undefined ? gradients : addScaled(total, gradients, 1);
    place = next;
    sum += loss;
  }
  if (total === undefined) throw new TrainingError('bad-settings', 'a gradient needs at least one batch');
  return { gradient: scale(total, 1 / batches), place, loss: sum / batches };
}

async function lossAndGradients(run: TrainingRun, phase: Phase, state: StepState, where: string) {
  const { parts, examples } = run;
  const size = parts.settings.training.batchSize;
  const { indices, place } = nextBatch(examples.length, size, run.seed, state.place);
  const batch = prepareBatch(
    parts,
    indices.map((index) => examples[index]!),
    size,
    true,
  );
  const compiled = await run.engine.compile(trainingProgram(parts, phase, batch.shape));
  const outputs = await compiled.run(
    { ...batch.inputs, ...parameterInputs(parts, state.tensors) },
    batch.keys,
  );
  const loss = outputs.loss!.data[0]!;
  const gradients = gradientsOf(parts, phase, outputs);
  if (!Number.isFinite(loss) || !allFinite(gradients)) {
    throw new TrainingError(
      'not-finite',
      `training diverged in ${where}: the loss or a gradient is not a finite number; lower the rates (${rateNames(phase)})`,
    );
  }
  return { loss, gradients, place };
}

function rateNames(phase: Phase): string {
  return phase === 'personal' ? 'personalRate, headRate' : 'sharedRate, headRate';
}

/** Head rows move at headRate whoever owns them, adapters at the rate of their owner. */
function ratesOf(parts: ModelParts): RateOf {
  const { headRate } = parts.settings.training;
  const sharedRate = sharedRateOf(parts.settings);
  const personalRate = personalRateOf(parts.settings);
  const heads = new Set([...parts.head.shared, ...parts.head.personal]);
  const personal = new Set(parts.personal.map(({ name }) => name));
  return (name) => (heads.has(name) ? headRate : personal.has(name) ? personalRate : sharedRate);
}

/** The place in the order of examples as a tensor, kept beside the optimizer's state. */
export const placeName = 'examples/place';

export function placeTensor({ pass, drawn }: Place): Tensor {
  return { shape: [2], data: Float32Array.of(pass, drawn) };
}

export function placeOf(state: TensorMap | undefined): Place {
  const [pass, drawn] = state?.get(placeName)?.data ?? [];
  return { pass: pass ?? 0, drawn: drawn ?? 0 };
}

// Local steps of one phase: gradient from the engine, clipped, one step of the local optimizer at the schedule's rate.
// The story of a round is train-round.ts, a step's batches are step-gradient.ts.
import { personalRateOf, sharedRateOf } from '@colora/protocol/task-settings';
import { addScaled, finiteValues, scale } from '@colora/tensors/arithmetic';
import type { TensorMap } from '@colora/tensors/tensor';
import type { GradientTerm } from '../optimizers/gradient-term.ts';
import type { RateOf } from '../optimizers/local-optimizer.ts';
import type { ModelParts } from '../programs/model-parts.ts';
import { type PhaseName, phaseOwners } from '../programs/programs.ts';
import { TrainingError } from '../training-error.ts';
import type { Place } from './batch-order.ts';
import { rateFactor, type ScheduledSteps } from './rate-schedule.ts';
import { brokenPart, clipGradients, stepGradient, type TrainingSetup } from './step-gradient.ts';

/** What is trained for how many steps, where those stand in the schedule, and what a method adds to their gradients. */
export interface Phase {
  readonly name: PhaseName;
  readonly steps: number;
  readonly schedule: ScheduledSteps;
  /** Names the phase's round in errors. */
  readonly where: string;
  readonly term?: GradientTerm;
}

/** What the steps change. */
export interface StepState {
  /** All owners' tensors by name. */
  readonly tensors: TensorMap;
  readonly optimizerState: TensorMap;
  readonly place: Place;
}

export interface StepsResult {
  /** After the last step that was whole. */
  readonly state: StepState;
  /** Mean over the steps taken; null without any. */
  readonly loss: number | null;
  readonly steps: number;
  /** TrainingError `not-finite`: why the next step was not taken. */
  readonly diverged: TrainingError | null;
}

/** Takes the phase's steps from `start`. One that diverges is not taken, nor any after it. */
export async function trainSteps(setup: TrainingSetup, phase: Phase, start: StepState): Promise<StepsResult> {
  const { name, steps, schedule, where, term = (gradients) => gradients } = phase;
  const { training } = setup.parts.settings;
  const rateOf = ratesOf(setup.parts);
  let state = start;
  let sum = 0;
  const result = (taken: number, diverged: TrainingError | null): StepsResult => ({
    state,
    loss: taken === 0 ? null : sum / taken,
    steps: taken,
    diverged,
  });
  for (let step = 0; step < steps; step += 1) {
    const factor = rateFactor(training, schedule.done + step, schedule.total);
    const gradient = await stepGradient(setup, name, state.tensors, state.place);
    const at = `${where}, ${name} step ${step + 1}`;
    const broken = brokenPart(gradient);
    if (broken !== null) return result(step, divergence(at, broken, name));
    const clipped = clipGradients(gradient.gradients, training.maxGradientNorm);
    const stepped = setup.optimizer.next(
      state.optimizerState,
      state.tensors,
      term(clipped, state.tensors),
      (tensor) => factor * rateOf(tensor),
    );
    const lost = [...clipped.keys()].find((name) => !finiteValues(stepped.params.get(name)!.data));
    if (lost !== undefined) return result(step, divergence(at, `the tensor ${lost} after it`, name));
    state = { tensors: stepped.params, optimizerState: stepped.state, place: gradient.place };
    sum += gradient.loss;
  }
  return result(steps, null);
}

/** The mean gradient of the phase's tensors over its steps' examples, nothing moved. */
export async function meanGradient(
  setup: TrainingSetup,
  { name, steps, where }: Omit<Phase, 'schedule' | 'term'>,
  start: StepState,
): Promise<{ gradient: TensorMap; place: Place; loss: number }> {
  let place = start.place;
  let total: TensorMap | undefined;
  let sum = 0;
  for (let batch = 1; batch <= steps; batch += 1) {
    const part = await stepGradient(setup, name, start.tensors, place);
    const broken = brokenPart(part);
    if (broken !== null) throw divergence(`${where}, ${name} batch ${batch}`, broken, name);
    total = total === undefined ? part.gradients : addScaled(total, part.gradients, 1);
    place = part.place;
    sum += part.loss;
  }
  if (total === undefined) throw new TrainingError('bad-settings', 'a gradient needs at least one batch');
  return { gradient: scale(total, 1 / steps), place, loss: sum / steps };
}

function divergence(where: string, what: string, phase: PhaseName): TrainingError {
  const rates = [...phaseOwners[phase].map((owner) => `${owner}Rate`), 'headRate'].join(', ');
  return new TrainingError(
    'not-finite',
    `training diverged in ${where}: ${what} is not a finite number; what was learnt before is kept. Lower the rates (${rates}), or bound steps by maxGradientNorm; where it is so at the very first step, the base model’s weights hold values that are no numbers, or the device is broken`,
  );
}

/** The rates of a phase's steps, summed. */
export function rateSum(parts: ModelParts, { steps, schedule }: Pick<Phase, 'steps' | 'schedule'>): RateOf {
  const { training } = parts.settings;
  const rateOf = ratesOf(parts);
  let factors = 0;
  for (let step = 0; step < steps; step += 1)
    factors += rateFactor(training, schedule.done + step, schedule.total);
  return (name) => factors * rateOf(name);
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

// The personal part judged by examples of its owner's that nobody trains on: steps that don't lower the loss on them
// are taken back, so that the part kept is always the best one, and after enough failures in a row there are no more.
// Losses are compared at one checkpoint: between rounds the shared part moves, and with it what they mean.
import type { TensorMap } from '@colora/tensors/tensor';
import { evaluate } from '../evaluation/evaluate.ts';
import { type Phase, type StepState, type StepsResult, trainSteps } from './local-steps.ts';
import type { TrainingSetup } from './step-gradient.ts';

export interface Validation {
  /** Mean loss on the validation examples with the personal part that was kept. */
  readonly loss: number;
  /** The steps made it worse and were taken back. */
  readonly takenBack: boolean;
  /** How often in a row that has happened. */
  readonly failures: number;
}

interface JudgedSteps extends StepsResult {
  /** Null without validation examples, and once the part has stopped. */
  readonly validation: Validation | null;
}

/** True once `patience` attempts in a row have failed. */
function hasStopped({ parts, validation }: TrainingSetup, failures: number): boolean {
  return validation.length > 0 && failures >= parts.settings.training.patience;
}

/**
 * A personal phase, kept if the validation loss doesn't rise; one that changes nothing is neither success nor failure.
 * `failures`: how often in a row it has risen before.
 */
export async function judgedSteps(
  setup: TrainingSetup,
  phase: Phase,
  start: StepState,
  failures: number,
): Promise<JudgedSteps> {
  if (setup.validation.length === 0 || phase.steps === 0) {
    return { ...(await trainSteps(setup, phase, start)), validation: null };
  }
  if (hasStopped(setup, failures)) {
    return { state: start, loss: null, steps: 0, diverged: null, validation: null };
  }
  const before = await validationLoss(setup, start.tensors);
  const result = await trainSteps(setup, phase, start);
  const after = await validationLoss(setup, result.state.tensors);
  if (after > before) {
    const state = { ...start, place: result.state.place }; // other examples next time
    return { ...result, state, validation: { loss: before, takenBack: true, failures: failures + 1 } };
  }
  const left = after < before ? 0 : failures;
  return { ...result, validation: { loss: after, takenBack: false, failures: left } };
}

async function validationLoss(setup: TrainingSetup, tensors: TensorMap): Promise<number> {
  const { loss } = await evaluate(setup.engine, setup.parts, tensors, setup.validation);
  return loss!; // validation examples are such that a loss can be had on (encode-own.ts)
}

/** Personal steps in stretches, each judged; all in one where there is nothing to judge them by. */
export async function personalSteps(
  setup: TrainingSetup,
  steps: number,
  start: StepState,
  where: string,
): Promise<JudgedSteps> {
  const { batchSize, accumulate } = setup.parts.settings.training;
  const pass = Math.ceil(setup.examples.length / (batchSize * accumulate));
  const stretch = setup.validation.length === 0 ? Math.max(steps, 1) : pass;
  let taken = 0;
  let sum = 0;
  let last: JudgedSteps = { state: start, loss: null, steps: 0, diverged: null, validation: null };
  while (taken < steps) {
    const failures = last.validation?.failures ?? 0;
    if (last.diverged !== null || hasStopped(setup, failures)) break;
    const schedule = { done: taken, total: steps };
    const phase: Phase = { name: 'personal', steps: Math.min(stretch, steps - taken), schedule, where };
    last = await judgedSteps(setup, phase, last.state, failures);
    taken += last.steps;
    sum += (last.loss ?? 0) * last.steps;
  }
  return { ...last, loss: taken === 0 ? null : sum / taken, steps: taken };
}

// The personal part judged by examples of its owner's that nobody trains on: steps that don't lower the loss on them
// are taken back, so that the part kept is always the best one, and after enough failures in a row there are no more.
// Losses are compared at one checkpoint: between rounds the shared part moves, and with it what they mean.
import type { TensorMap } from '@colora/tensors/tensor';
import { evaluate } from '../evaluation/evaluate.ts';
import { type StepState, type StepsResult, trainSteps } from './local-steps.ts';
import type { RunPart } from './rate-schedule.ts';
import type { TrainingRun } from './step-gradient.ts';

export interface Validation {
  /** Mean loss on the validation examples with the personal part that was kept. */
  readonly loss: number;
  /** The steps made it worse and were taken back. */
  readonly takenBack: boolean;
  /** How often in a row that has happened. */
  readonly failures: number;
}

export interface JudgedSteps extends StepsResult {
  /** Null without validation examples, and once the part has stopped. */
  readonly validation: Validation | null;
}

/** True once `patience` attempts in a row have failed. */
export function hasStopped({ parts, validation }: TrainingRun, failures: number): boolean {
  return validation.length > 0 && failures >= parts.settings.training.patience;
}

/** Personal steps, kept if the validation loss doesn't rise; those that change nothing are neither success nor failure. */
export async function judgedSteps(
  run: TrainingRun,
  steps: number,
  start: StepState,
  part: RunPart,
  where: string,
  failures: number,
): Promise<JudgedSteps> {
  if (run.validation.length === 0 || steps === 0) {
    return { ...(await trainSteps(run, 'personal', steps, start, part, where)), validation: null };
  }
  if (hasStopped(run, failures)) {
    return { state: start, loss: null, steps: 0, diverged: null, validation: null };
  }
  const before = await validationLoss(run, start.tensors);
  const result = await trainSteps(run, 'personal', steps, start, part, where);
  const after = await validationLoss(run, result.state.tensors);
  if (after > before) {
    const state = { ...start, place: result.state.place }; // other examples next time
    return { ...result, state, validation: { loss: before, takenBack: true, failures: failures + 1 } };
  }
  const left = after < before ? 0 : failures;
  return { ...result, validation: { loss: after, takenBack: false, failures: left } };
}

async function validationLoss(run: TrainingRun, tensors: TensorMap): Promise<number> {
  return (await evaluate(run.engine, run.parts, tensors, run.validation)).loss;
}

/** Personal steps in stretches, each judged; all in one where there is nothing to judge them by. */
export async function personalSteps(
  run: TrainingRun,
  steps: number,
  start: StepState,
  where: string,
): Promise<JudgedSteps> {
  const { batchSize, accumulate } = run.parts.settings.training;
  const pass = Math.ceil(run.examples.length / (batchSize * accumulate));
  const stretch = run.validation.length === 0 ? Math.max(steps, 1) : pass;
  let taken = 0;
  let sum = 0;
  let last: JudgedSteps = { state: start, loss: null, steps: 0, diverged: null, validation: null };
  while (taken < steps) {
    const failures = last.validation?.failures ?? 0;
    if (last.diverged !== null || hasStopped(run, failures)) break;
    const part = { done: taken, total: steps };
    const wanted = Math.min(stretch, steps - taken);
    last = await judgedSteps(run, wanted, last.state, part, where, failures);
    taken += last.steps;
    sum += (last.loss ?? 0) * last.steps;
  }
  return { ...last, loss: taken === 0 ? null : sum / taken, steps: taken };
}

// One round of one client, on one page: the personal part first with the shared held, then the shared part,
// then the contribution. Follows the alternating scheme of the method; no files and no network here.
import { subtract } from '@colora/tensors/arithmetic';
import type { TensorMap } from '@colora/tensors/tensor';
import { makeContribution } from './contribution.ts';
import { frozenTensors, type ModelParts, type NamedShape, pickTensors } from './model-parts.ts';
import { asPersonal, type PersonalTensors } from './personal-tensors.ts';
import {
  meanGradient,
  placeName,
  placeOf,
  placeTensor,
  type StepState,
  type TrainingRun,
  trainSteps,
} from './training-run.ts';

/** What a learner keeps between rounds, all of it in its owner's workspace. */
export interface LocalState {
  readonly personal: PersonalTensors;
  /** Moments of the personal tensors and the head, and the place in the order of examples. */
  readonly optimizerState: TensorMap;
}

export interface RoundResult {
  /** The update of the shared tensors this learner trains: start - end, or a mean gradient. */
  readonly contribution: TensorMap;
  readonly personal: PersonalTensors;
  readonly optimizerState: TensorMap;
  readonly examples: number;
  readonly steps: number;
  /** Mean training loss of the phase; null where it had no steps. */
  readonly personalLoss: number | null;
  readonly sharedLoss: number | null;
}

export async function trainRound(
  run: TrainingRun,
  local: LocalState,
  checkpoint: TensorMap,
  round: number,
): Promise<RoundResult> {
  const { parts } = run;
  const where = `round ${round}`;
  const shared = pickTensors(checkpoint, parts.shared, 'the checkpoint');
  const steps = phaseSteps(parts);
  const personalPhase = await trainSteps(
    run,
    'personal',
    steps.personal,
    startOf(parts, local, shared),
    where,
  );
  const sharedPhase = await trainShared(
    run,
    steps.shared,
    freshShared(parts, personalPhase.state),
    shared,
    where,
  );
  return {
    contribution: makeContribution(sharedPhase.update, parts.settings.privacy),
    ...keptState(parts, sharedPhase.state),
    examples: run.examples.length,
    steps: steps.personal + steps.shared,
    personalLoss: personalPhase.loss,
    sharedLoss: sharedPhase.loss,
  };
}

/** Steps on the personal part alone: a newcomer's, or everybody's once the group is finished. */
export async function personalise(
  run: TrainingRun,
  local: LocalState,
  checkpoint: TensorMap,
  steps: number,
): Promise<LocalState & { loss: number | null }> {
  const { parts } = run;
  const shared = pickTensors(checkpoint, parts.shared, 'the checkpoint');
  const wanted = parts.personal.length === 0 ? 0 : steps;
  const { state, loss } = await trainSteps(
    run,
    'personal',
    wanted,
    startOf(parts, local, shared),
    'personal training',
  );
  return { ...keptState(parts, state), loss };
}

/** Where a phase has nothing to train its steps go to the other, so that every layout gets the same number. */
export function phaseSteps(parts: ModelParts): { personal: number; shared: number } {
  const { personalSteps, sharedSteps } = parts.settings.training;
  const hasPersonal = parts.personal.length > 0;
  const hasShared = parts.shared.length > 0;
  return {
    personal: hasPersonal ? personalSteps + (hasShared ? 0 : sharedSteps) : 0,
    shared: hasShared ? sharedSteps + (hasPersonal ? 0 : personalSteps) : 0,
  };
}

async function trainShared(
  run: TrainingRun,
  steps: number,
  start: StepState,
  shared: TensorMap,
  where: string,
) {
  if (steps === 0) return { state: start, loss: null, update: new Map() };
  if (run.parts.settings.training.contribution === 'gradient') {
    const { gradient, place, loss } = await meanGradient(run, 'shared', steps, start, where);
    return { state: { ...start, place }, loss, update: gradient };
  }
  const { state, loss } = await trainSteps(run, 'shared', steps, start, where);
  return { state, loss, update: subtract(shared, pickTensors(state.tensors, run.parts.shared, 'the end')) };
}

function startOf(parts: ModelParts, { personal, optimizerState }: LocalState, shared: TensorMap): StepState {
  return {
    tensors: new Map([...frozenTensors(parts), ...shared, ...personal]),
    optimizerState,
    place: placeOf(optimizerState),
  };
}

/**
 * Shared adapters start every round with fresh moments, since the checkpoint has moved under them. Head rows keep
 * theirs, as in the measured recipe: their few numbers move little between rounds.
 */
function freshShared(parts: ModelParts, state: StepState): StepState {
  const adapters = parts.shared.filter(({ name }) => !parts.head.shared.includes(name));
  return { ...state, optimizerState: withoutState(state.optimizerState, adapters) };
}

function withoutState(state: TensorMap, tensors: readonly NamedShape[]): TensorMap {
  const dropped = new Set(tensors.map(({ name }) => name));
  return new Map([...state].filter(([key]) => !dropped.has(key.slice(key.indexOf('/') + 1))));
}

function keptState(parts: ModelParts, state: StepState): LocalState {
  const kept = withoutState(freshShared(parts, state).optimizerState, [{ name: 'place', shape: [2] }]);
  return {
    personal: asPersonal(pickTensors(state.tensors, parts.personal, 'the personal part')),
    optimizerState: new Map([...kept, [placeName, placeTensor(state.place)]]),
  };
}

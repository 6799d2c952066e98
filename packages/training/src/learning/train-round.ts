// One round of one client, on one page: the personal part first with the shared held, then the shared part, or both
// together (round-phases.ts); then the contribution. No files and no network here.
import { isControl } from '@colora/protocol/control-names';
import { addScaled, scale, subtract } from '@colora/tensors/arithmetic';
import type { NamedShape } from '@colora/tensors/pieces';
import type { TensorMap } from '@colora/tensors/tensor';
import { onlyTravelling } from '../head-rows/own-rows.ts';
import { chained } from '../optimizers/gradient-term.ts';
import { proximal } from '../optimizers/proximal.ts';
import { controlsOf, corrected, nextControls } from '../optimizers/scaffold.ts';
import { pickTensors } from '../pick-tensors.ts';
import { frozenTensors, type ModelParts } from '../programs/model-parts.ts';
import { asPersonal, type PersonalTensors } from '../programs/personal-tensors.ts';
import { makeContribution } from './contribution.ts';
import { judgedSteps, personalSteps, type Validation } from './early-stopping.ts';
import { meanGradient, type Phase, rateSum, type StepState, trainSteps } from './local-steps.ts';
import { type Progress, progressOf, progressTensors } from './progress.ts';
import { roundPhases } from './round-phases.ts';
import type { TrainingSetup } from './step-gradient.ts';

/** What a learner keeps between rounds, all of it in its owner's workspace. */
export interface LocalState {
  readonly personal: PersonalTensors;
  /**
   * Moments of the personal tensors and the head, how far training has come (progress.ts) and its own controls
   * (scaffold.ts).
   */
  readonly optimizerState: TensorMap;
}

/** How a round treats the head's shared rows. */
export interface RoundRows {
  /** Trained by this learner alone so far: each begins here and not at the checkpoint's, from which its update is told. */
  readonly own: TensorMap;
  /** Names of those whose update is sent; null: all. */
  readonly travelling: ReadonlySet<string> | null;
}

export interface RoundResult {
  /** The update of the shared tensors this learner trains: checkpoint - end, or a mean gradient. */
  readonly contribution: TensorMap;
  /** Where this round's steps took the head's shared rows. */
  readonly rows: TensorMap;
  readonly personal: PersonalTensors;
  readonly optimizerState: TensorMap;
  readonly examples: number;
  readonly steps: number;
  /** Mean training loss of the phase; null where it had no steps. Joint steps' is the shared one. */
  readonly personalLoss: number | null;
  readonly sharedLoss: number | null;
  /** How the personal steps did on validation examples; null without any, and once the personal part has stopped. */
  readonly validation: Validation | null;
}

/** What a round is trained at. */
export interface RoundStart {
  readonly checkpoint: TensorMap;
  readonly round: number;
  readonly rows: RoundRows;
  /** As roundPhases has it. */
  readonly together: number | null;
}

/** Throws TrainingError `not-finite` where a step diverges; the round then leaves no trace. */
export async function trainRound(
  setup: TrainingSetup,
  local: LocalState,
  { checkpoint, round, rows, together }: RoundStart,
): Promise<RoundResult> {
  const { own, travelling } = rows;
  const { parts } = setup;
  const begun = pickTensors(new Map([...checkpoint, ...own]), parts.shared, 'the checkpoint');
  const before = progressOf(local.optimizerState);
  const firstRound = before.firstRound ?? round;
  const phases = roundPhases(parts, firstRound, round, together);

  const personal = await judgedSteps(setup, phases.personal, startOf(parts, local, begun), before.failures);
  if (personal.diverged !== null) throw personal.diverged;
  const start = freshShared(parts, personal.state);
  const moved = await trainShared(setup, phases.moving, start, { checkpoint, begun, travelling });
  const failures = personal.validation?.failures ?? before.failures;

  return {
    contribution: makeContribution(onlyTravelling(moved.update, travelling), parts.settings.privacy),
    rows: new Map(parts.head.shared.map((name) => [name, moved.rows.get(name)!])),
    ...keptState(parts, moved.state, { firstRound, failures }),
    examples: setup.examples.length,
    steps: personal.steps + phases.moving.steps,
    personalLoss: personal.loss,
    sharedLoss: moved.loss,
    validation: personal.validation,
  };
}

export interface Personalised extends LocalState {
  /** Mean training loss; null where there is nothing personal to train. */
  readonly loss: number | null;
  readonly steps: number;
  readonly validation: Validation | null;
  /** Why training ended before its last step: a step that diverged. What is kept is from before it. */
  readonly diverged: string | null;
}

/**
 * Steps on the personal part alone: a newcomer's, or everybody's once the group is finished. A run of its own for the
 * schedule. Throws TrainingError `not-finite` where already the first step diverges.
 */
export async function personalise(
  setup: TrainingSetup,
  local: LocalState,
  checkpoint: TensorMap,
  steps: number,
): Promise<Personalised> {
  const { parts } = setup;
  const shared = pickTensors(checkpoint, parts.shared, 'the checkpoint');
  const wanted = parts.personal.length === 0 ? 0 : steps;
  const start = startOf(parts, local, shared);
  const result = await personalSteps(setup, wanted, start, 'personal training');
  if (result.diverged !== null && result.steps === 0) throw result.diverged;
  return {
    ...keptState(parts, result.state, progressOf(local.optimizerState)),
    loss: result.loss,
    steps: result.steps,
    validation: result.validation,
    diverged: result.diverged?.message ?? null,
  };
}

/** What is sent of the shared tensors, with the steps' state behind it. */
interface SharedResult {
  readonly state: StepState;
  readonly loss: number | null;
  readonly update: TensorMap;
  /** The head's shared rows after it, among others. */
  readonly rows: TensorMap;
}

/** The shared tensors as everybody has them, and as this learner's steps begin: with rows of its own. */
interface SharedStart {
  readonly checkpoint: TensorMap;
  readonly begun: TensorMap;
  readonly travelling: RoundRows['travelling'];
}

async function trainShared(
  setup: TrainingSetup,
  phase: Phase,
  start: StepState,
  at: SharedStart,
): Promise<SharedResult> {
  if (phase.steps === 0) return { state: start, loss: null, update: new Map(), rows: at.begun };
  if (setup.parts.settings.training.contribution === 'gradient') {
    const { gradient, place, loss } = await meanGradient(setup, phase, start);
    return { state: { ...start, place }, loss, ...rowsByGradient(setup.parts, gradient, at) };
  }
  return moveShared(setup, phase, start, at);
}

/** Own rows take the step that a plain coordinator would take with their gradient; what is sent asks for the whole way. */
function rowsByGradient(
  { head, settings }: ModelParts,
  gradient: TensorMap,
  { checkpoint, begun }: SharedStart,
): Pick<SharedResult, 'update' | 'rows'> {
  const { rate } = settings.aggregation;
  const ofRows = (tensors: TensorMap) => new Map(head.shared.map((name) => [name, tensors.get(name)!]));
  const rows = addScaled(ofRows(begun), ofRows(gradient), -rate);
  const moved = scale(subtract(ofRows(checkpoint), ofRows(begun)), 1 / rate); // by earlier rounds; zero of rows that aren't its own
  return { rows, update: new Map([...gradient, ...addScaled(ofRows(gradient), moved, 1)]) };
}

/** Local steps, with what FedProx and SCAFFOLD add to them where the group asks for it. */
async function moveShared(
  setup: TrainingSetup,
  phase: Phase,
  start: StepState,
  { checkpoint, begun, travelling }: SharedStart,
): Promise<SharedResult> {
  const { parts } = setup;
  const { proximal: mu, controls: wanted } = parts.settings.training;
  // a row that stays is nobody else's: there is nothing that members differ in
  const common = [...onlyTravelling(begun, travelling)].map(([name, { shape }]) => ({ name, shape }));
  const controls = wanted ? controlsOf(common, checkpoint, start.optimizerState) : null;
  const term = chained([
    ...(mu > 0 ? [proximal(mu, begun)] : []),
    ...(controls === null ? [] : [corrected(controls)]),
  ]);
  const { state, loss, diverged } = await trainSteps(setup, { ...phase, term }, start);
  if (diverged !== null) throw diverged;
  const rows = pickTensors(state.tensors, parts.shared, 'the end');
  const update = subtract(pickTensors(checkpoint, parts.shared, 'the checkpoint'), rows);
  if (controls === null) return { state, loss, update, rows };
  const { kept, sent } = nextControls(
    controls,
    onlyTravelling(subtract(begun, rows), travelling),
    rateSum(parts, phase),
  );
  const optimizerState = new Map([...state.optimizerState, ...kept]);
  return { state: { ...state, optimizerState }, loss, update: new Map([...update, ...sent]), rows };
}

function startOf(parts: ModelParts, { personal, optimizerState }: LocalState, shared: TensorMap): StepState {
  return {
    tensors: new Map([...frozenTensors(parts), ...shared, ...personal]),
    optimizerState,
    place: progressOf(optimizerState).place,
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
  const isOf = (key: string) => !isControl(key) && dropped.has(key.slice(key.indexOf('/') + 1));
  return new Map([...state].filter(([key]) => !isOf(key)));
}

function keptState(
  parts: ModelParts,
  state: StepState,
  progress: Pick<Progress, 'firstRound' | 'failures'>,
): LocalState {
  const { optimizerState } = freshShared(parts, state);
  return {
    personal: asPersonal(pickTensors(state.tensors, parts.personal, 'the personal part')),
    optimizerState: new Map([...optimizerState, ...progressTensors({ ...progress, place: state.place })]),
  };
}

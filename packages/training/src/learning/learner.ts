// A learner: one participant's examples, personal tensors and training state for one task, inside the worker.
// What callers see of it, across the worker's border, is trainer.ts.
import { headLabel, initialHead } from '@colora/adapters/head';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { cloneTensors } from '@colora/tensors/arithmetic';
import type { NamedShape } from '@colora/tensors/pieces';
import type { TensorMap } from '@colora/tensors/tensor';
import { type GradientScores, gradientScores } from '../attacks/gradient-scores.ts';
import type { Evidence } from '../collaboration/evidence.ts';
import { precisionAdvice } from '../devices/precision-advice.ts';
import { type StopSignal, stoppableEngine } from '../engines/wrappers/stoppable-engine.ts';
import { type Evaluation, evaluate } from '../evaluation/evaluate.ts';
import { atPersonalStart } from '../evaluation/example-features.ts';
import { exampleLosses } from '../evaluation/example-losses.ts';
import { learnerHeadLikelihoods } from '../evaluation/head-likelihoods.ts';
import { learnerEvidence } from '../evaluation/learner-evidence.ts';
import { learnerProbe } from '../evaluation/learner-probe.ts';
import { predict, type TextReader } from '../evaluation/predict.ts';
import { chooseLocalOptimizer } from '../optimizers/choose-optimizer.ts';
import { pickTensors } from '../pick-tensors.ts';
import { tokenLimit } from '../programs/batches.ts';
import {
  checkpointShapes,
  frozenTensors,
  initialPersonal,
  type ModelParts,
  modelParts,
} from '../programs/model-parts.ts';
import { ownLabels } from '../programs/own-labels.ts';
import { asPersonal } from '../programs/personal-tensors.ts';
import type { SharedResources } from '../programs/shared-resources.ts';
import type { EncodedExample } from '../tasks/encoded-example.ts';
import { type Example, type Prediction, taskOf } from '../tasks/tasks.ts';
import { TrainingError } from '../training-error.ts';
import { encodeLearnt } from './encode-learnt.ts';
import { encodeOwn, type OwnExamples } from './encode-own.ts';
import { fitToMemory } from './memory/fit-memory.ts';
import { roundSteps } from './round-phases.ts';
import type { TrainingSetup } from './step-gradient.ts';
import {
  type LocalState,
  type Personalised,
  personalise,
  type RoundResult,
  type RoundRows,
  trainRound,
} from './train-round.ts';

export interface LearnerOptions {
  /** Folder of the base model. */
  readonly baseModel: string;
  readonly settings: TaskSettings;
  readonly examples: readonly Example[];
  readonly heldOut?: readonly Example[];
  /** To predict without examples: the labels to choose among (else those of the examples). */
  readonly labels?: readonly string[];
  /** Draws the personal start and the order of the examples. */
  readonly seed: string | number;
  /** What an earlier learner left, to go on with. */
  readonly personal?: TensorMap;
  readonly optimizerState?: TensorMap;
}

export interface LearnerSummary {
  /** What is trained on: a long text counts as its pieces. */
  readonly examples: number;
  /** Of the learner's own, those that only judge personal steps. */
  readonly validation: number;
  /** Training examples that were longer than the limit and lost their end. */
  readonly truncated: number;
  /** Indices of the given examples that hold nothing to learn within the limit; they are left out. */
  readonly nothingToLearn: readonly number[];
  /** What it can be judged by. */
  readonly heldOut: number;
  /** Indices of the given held-out examples that hold nothing to judge by; they are left out. */
  readonly nothingToJudge: readonly number[];
  /** The labels of the training examples, in the task's order. */
  readonly labels: readonly string[];
  readonly fingerprint: string;
  readonly sharedTensors: readonly NamedShape[];
  readonly personalTensors: readonly NamedShape[];
  /** Of the group's checkpoint, other members' labels among it (checkpointShapes). */
  readonly checkpointTensors: readonly NamedShape[];
  /** Tokens an example may have. */
  readonly tokenLimit: number;
}

/** Called after each step: how many of how many are done. */
type OnStep = (done: number, of: number) => void;

export interface RoundOptions {
  readonly shared: TensorMap;
  readonly round: number;
  readonly rows?: RoundRows;
  /** Of a group whose members share one head, how many there are (round-phases.ts says what few don't train); null or left out of others. */
  readonly together?: number | null;
  readonly onStep?: OnStep;
  /** Raised: TrainingError `closed` after the batch under way, and the round leaves no trace. */
  readonly stop?: StopSignal;
}

/** `shared` is always the whole checkpoint or any part of it that holds this learner's shared tensors. */
export interface LearnerWork {
  readonly summary: LearnerSummary;
  trainRound(options: RoundOptions): Promise<RoundResult>;
  personalise(options: { shared: TensorMap; steps: number; onStep?: OnStep }): Promise<Personalised>;
  evaluate(options: { shared: TensorMap }): Promise<Evaluation>;
  /** Of a language model, nats a held-out example (exampleLosses). */
  heldOutLosses(options: { shared: TensorMap }): Promise<number[]>;
  /** What its own examples say about training alone and together; of `shared` nothing may come from them (own-account.ts). */
  evidence(options: { shared: TensorMap }): Promise<Evidence>;
  /** Head rows that tell which cluster it belongs to; of classifications. Nothing of a checkpoint is in them. */
  probe(): Promise<TensorMap>;
  /** Of each own example under each of these heads, which are rows `head/<label>` (learnerHeadLikelihoods). */
  headLikelihoods(options: { shared: TensorMap; heads: readonly TensorMap[] }): Promise<number[][]>;
  /** How much of each update points the way of each of these examples (attacks/gradient-scores.ts). */
  gradientScores(options: {
    shared: TensorMap;
    updates: readonly TensorMap[];
    examples: readonly Example[];
    /** Of the same kind, and nobody's. */
    references: readonly Example[];
    onStep?: OnStep;
  }): Promise<GradientScores>;
  /** What the kind of task says about texts (Task.predict). */
  predict(options: { shared: TensorMap; texts: readonly string[] }): Promise<Prediction[]>;
}

/** Throws ModelError, AdapterError or TrainingError saying what doesn't fit, `no-examples` where none holds anything to learn. */
export async function openLearner(resources: SharedResources, options: LearnerOptions): Promise<LearnerWork> {
  const { settings } = options;
  const canTrain = options.examples.length > 0;
  if (!canTrain && options.labels === undefined) throw nothingToTrainOn();
  const base = await resources.base(options.baseModel);
  const asked = modelParts(base, settings, options.labels ?? ownLabels(settings.task, options.examples));
  const encoder = await resources.tokenizer(base);
  const encoding = { task: settings.task, maxTokens: tokenLimit(asked), labels: asked.labels };
  const own = { ...encoding, encoder };
  const { examples, validation, setAside } = await encodeLearnt(options, own);
  if (canTrain && examples.length === 0) throw nothingToLearn(options.examples.length, encoding.maxTokens);
  const heldOut = await encodeOwn(options.heldOut ?? [], own, 'judged');
  const { engine, parts } = canTrain
    ? await fitToMemory(resources, { parts: asked, examples })
    : { engine: resources.engine, parts: asked };
  const setup: TrainingSetup = {
    engine,
    parts,
    examples,
    validation,
    order: orderOf(examples, settings, options.seed),
    optimizer: chooseLocalOptimizer(settings.training),
  };
  const advice = canTrain ? precisionAdvice(engine, parts.base) : undefined;
  if (advice !== undefined) resources.log(advice);
  const reader: TextReader = { engine, parts, encoder, encoding };
  let local = startingState(parts, options);
  const idle = idleRows(parts, options.personal);

  const tensors = (shared: TensorMap): TensorMap =>
    new Map([
      ...frozenTensors(parts),
      ...pickTensors(shared, parts.shared, 'the checkpoint'),
      ...local.personal,
    ]);
  return {
    summary: summaryOf(setup, setAside, heldOut),
    async trainRound({ shared, round, rows = allRows, together = null, onStep, stop }) {
      if (!canTrain) throw nothingToTrainOn();
      const work = stop === undefined ? setup : { ...setup, engine: stoppableEngine(engine, stop) };
      const start = { checkpoint: shared, round, rows, together };
      const result = await trainRound(counting(work, roundSteps(parts), onStep), local, start);
      local = keep(result);
      return withIdleRows(result, idle);
    },
    async personalise({ shared, steps, onStep }) {
      if (!canTrain) throw nothingToTrainOn();
      const result = await personalise(counting(setup, steps, onStep), local, shared, steps);
      local = keep(result);
      return withIdleRows(result, idle);
    },
    async evaluate({ shared }) {
      if (heldOut.encoded.length === 0) throw nothingToJudge(heldOut.setAside.length, encoding.maxTokens);
      return evaluate(engine, parts, tensors(shared), heldOut.encoded);
    },
    heldOutLosses: ({ shared }) => exampleLosses(engine, parts, tensors(shared), heldOut.encoded),
    async evidence({ shared }) {
      if (!canTrain) throw nothingToTrainOn();
      const { personal } = local;
      return learnerEvidence({ engine, parts, examples, seed: options.seed }, { shared, personal });
    },
    async probe() {
      if (!canTrain) throw nothingToTrainOn();
      return learnerProbe({ engine, parts, examples, seed: options.seed });
    },
    async headLikelihoods({ shared, heads }) {
      if (!canTrain) throw nothingToTrainOn();
      return learnerHeadLikelihoods({ engine, parts, examples, seed: options.seed }, shared, heads);
    },
    async gradientScores({ shared, updates, onStep, ...asked }) {
      const { encoded, setAside } = await encodeOwn(asked.examples, own, 'learnt');
      const references = await encodeOwn(asked.references, own, 'learnt');
      const tensors = atPersonalStart(parts, options.seed, shared, 'the checkpoint');
      let done = 0;
      const onGradient = () => {
        done += 1;
        onStep?.(done, encoded.length + references.encoded.length);
      };
      const scoring = { engine, parts, tensors, updates, onGradient };
      return { scores: await gradientScores(scoring, encoded, references.encoded), setAside };
    },
    predict: ({ shared, texts }) => predict(reader, tensors(shared), texts),
  };
}

const allRows: RoundRows = { own: new Map(), travelling: null };

function counting(setup: TrainingSetup, of: number, onStep: OnStep | undefined): TrainingSetup {
  if (onStep === undefined) return setup;
  let done = 0;
  return {
    ...setup,
    onStep() {
      done += 1;
      onStep(done, of);
    },
  };
}

const nothingToTrainOn = () => new TrainingError('no-examples', 'there are no examples to train on');

function nothingToLearn(count: number, tokens: number): TrainingError {
  return new TrainingError(
    'no-examples',
    `none of the ${count} examples holds anything to learn within ${tokens} tokens; the group's limit of tokens is too low for them, or their answers are empty`,
  );
}

function nothingToJudge(count: number, tokens: number): TrainingError {
  const why =
    count === 0
      ? 'there are no held-out examples to evaluate on'
      : `none of the ${count} held-out examples holds anything to judge by within ${tokens} tokens`;
  return new TrainingError('no-examples', why);
}

/** Examples may use labels that an earlier learner's did not: their rows start as at the start. */
function startingState(parts: ModelParts, { seed, personal, optimizerState }: LearnerOptions): LocalState {
  const newRows = initialHead(parts.head.personal, parts.featureSize);
  const start =
    personal === undefined
      ? initialPersonal(parts, seed)
      : pickTensors(new Map([...newRows, ...personal]), parts.personal, 'the workspace');
  return { personal: asPersonal(start), optimizerState: optimizerState ?? new Map() };
}

/** Rows that an earlier learner trained of labels the examples no longer have: kept, for these may come back. */
function idleRows(parts: ModelParts, personal: TensorMap = new Map()): TensorMap {
  const isIdle = (name: string) => headLabel(name) !== undefined && !parts.head.personal.includes(name);
  return cloneTensors(new Map([...personal].filter(([name]) => isIdle(name))));
}

function withIdleRows<Result extends LocalState>(result: Result, idle: TensorMap): Result {
  return { ...result, personal: asPersonal(new Map([...result.personal, ...cloneTensors(idle)])) };
}

/** Results may be moved out of the worker with their buffers, so what stays is a copy. */
function keep({ personal, optimizerState }: LocalState): LocalState {
  return { personal: asPersonal(cloneTensors(personal)), optimizerState: cloneTensors(optimizerState) };
}

/** Batches of single tokens' tasks had better be of one length: what they pad is computed at every token. */
function orderOf(
  examples: readonly EncodedExample[],
  { task }: TaskSettings,
  seed: string | number,
): TrainingSetup['order'] {
  const order = { count: examples.length, seed };
  return taskOf(task).answers === 'texts' ? order : { ...order, lengths: examples.map(({ padTo }) => padTo) };
}

function summaryOf(
  { parts, examples, validation }: TrainingSetup,
  nothingToLearn: readonly number[],
  heldOut: OwnExamples,
): LearnerSummary {
  return {
    examples: examples.length,
    validation: validation.length,
    truncated: examples.filter(({ truncated }) => truncated).length,
    nothingToLearn,
    heldOut: heldOut.encoded.length,
    nothingToJudge: heldOut.setAside,
    labels: parts.labels,
    fingerprint: parts.base.fingerprint,
    sharedTensors: parts.shared,
    personalTensors: parts.personal,
    checkpointTensors: checkpointShapes(parts),
    tokenLimit: tokenLimit(parts),
  };
}

// A learner: one participant's examples, personal tensors and training state for one task, inside the worker.
// What callers see of it, across the worker's border, is trainer.ts.
import type { TaskSettings } from '@colora/protocol/task-settings';
import { cloneTensors } from '@colora/tensors/arithmetic';
import type { TensorMap } from '@colora/tensors/tensor';
import { tokenLimit } from './batches.ts';
import { chooseLocalOptimizer } from './choose-optimizer.ts';
import { classProbabilities, type Evaluation, evaluate } from './evaluate.ts';
import { largest } from './evaluation-batches.ts';
import type { Example } from './example.ts';
import { type EncodedExample, encodeExamples } from './examples.ts';
import {
  frozenTensors,
  initialPersonal,
  type ModelParts,
  modelParts,
  type NamedShape,
  pickTensors,
} from './model-parts.ts';
import { asPersonal, type PersonalTensors } from './personal-tensors.ts';
import { splitWords, tagProbabilities } from './tags.ts';
import { type LocalState, personalise, type RoundResult, trainRound } from './train-round.ts';
import { TrainingError } from './training-error.ts';
import type { TrainingRun } from './training-run.ts';
import type { Workshop } from './workshop.ts';

export interface LearnerOptions {
  /** Folder of the base model. */
  readonly baseModel: string;
  readonly settings: TaskSettings;
  readonly examples: readonly Example[];
  readonly heldOut?: readonly Example[];
  /** To predict without examples: the labels to choose among (else those of the examples). */
  readonly labels?: readonly string[];
  /** Draws the personal start and the order of the examples. */
  readonly seed: number;
  /** What an earlier learner left, to go on with. */
  readonly personal?: TensorMap;
  readonly optimizerState?: TensorMap;
}

export interface LearnerSummary {
  readonly examples: number;
  /** Training examples that were longer than the limit and lost their end. */
  readonly truncated: number;
  /** The labels of the training examples, in the task's order. */
  readonly labels: readonly string[];
  readonly fingerprint: string;
  readonly sharedTensors: readonly NamedShape[];
  readonly personalTensors: readonly NamedShape[];
  /** Tokens an example may have. */
  readonly tokenLimit: number;
}

export interface Prediction {
  readonly label: string;
  readonly probabilities: Record<string, number>;
}

/** A text as words with their tags; null for a word past the model's limit, or one its tokenizer doesn't know. */
export interface TaggedText {
  readonly words: readonly { readonly word: string; readonly tag: string | null }[];
}

/** `shared` is always the whole checkpoint or any part of it that holds this learner's shared tensors. */
export interface LearnerWork {
  readonly summary: LearnerSummary;
  trainRound(options: { shared: TensorMap; round: number }): Promise<RoundResult>;
  personalise(options: {
    shared: TensorMap;
    steps: number;
  }): Promise<{ personal: PersonalTensors; optimizerState: TensorMap; loss: number | null }>;
  evaluate(options: { shared: TensorMap }): Promise<Evaluation>;
  predict(options: { shared: TensorMap; texts: readonly string[] }): Promise<Prediction[]>;
  /** Tags the words of texts (token classification). */
  tag(options: { shared: TensorMap; texts: readonly string[] }): Promise<TaggedText[]>;
}

/** Throws ModelError, AdapterError or TrainingError saying what doesn't fit. */
export async function openLearner(workshop: Workshop, options: LearnerOptions): Promise<LearnerWork> {
  const { settings } = options;
  const canTrain = options.examples.length > 0;
  if (!canTrain && options.labels === undefined) throw nothingToTrainOn();
  const base = await workshop.base(options.baseModel);
  const parts = modelParts(base, settings, options.labels ?? ownLabels(settings.task, options.examples));
  const encoder = await workshop.tokenizer(base);
  const encoding = { task: settings.task, maxTokens: tokenLimit(parts), labels: parts.labels };
  const examples = encodeExamples(options.examples, encoder, encoding);
  const heldOut = encodeExamples(options.heldOut ?? [], encoder, encoding);
  const optimizer = chooseLocalOptimizer(settings.training);
  const run: TrainingRun = { engine: workshop.engine, parts, examples, seed: options.seed, optimizer };
  let local = startingState(parts, options);

  const tensors = (shared: TensorMap): TensorMap =>
    new Map([
      ...frozenTensors(parts),
      ...pickTensors(shared, parts.shared, 'the checkpoint'),
      ...local.personal,
    ]);
  return {
    summary: summaryOf(parts, examples),
    async trainRound({ shared, round }) {
      if (!canTrain) throw nothingToTrainOn();
      const result = await trainRound(run, local, shared, round);
      local = keep(result);
      return result;
    },
    async personalise({ shared, steps }) {
      if (!canTrain) throw nothingToTrainOn();
      const result = await personalise(run, local, shared, steps);
      local = keep(result);
      return result;
    },
    async evaluate({ shared }) {
      if (heldOut.length === 0)
        throw new TrainingError('no-examples', 'there are no held-out examples to evaluate on');
      return evaluate(workshop.engine, parts, tensors(shared), heldOut);
    },
    async predict({ shared, texts }) {
      const rows = encodeTexts(texts, parts, (text) => encodeExamples([text], encoder, encoding)[0]!);
      const probabilities = await classProbabilities(workshop.engine, parts, tensors(shared), rows);
      return probabilities.map((row) => ({
        label: parts.labels[largest(row)]!,
        probabilities: Object.fromEntries(parts.labels.map((label, index) => [label, row[index]!])),
      }));
    },
    async tag({ shared, texts }) {
      if (settings.task.kind !== 'token-classification') {
        throw new TrainingError('wrong-task', 'words can only be tagged for a token classification');
      }
      const words = texts.map(splitWords);
      const encoded = encodeExamples(
        words.map((tokens) => ({ tokens, tags: [] })),
        encoder,
        encoding,
      );
      const found = await tagProbabilities(workshop.engine, parts, tensors(shared), encoded);
      return words.map((tokens, text) => {
        const { firsts } = encoder.encodeWords(tokens, encoding.maxTokens);
        const tags = found[text]!.map((row) => parts.labels[largest(row)]!).values();
        return {
          words: tokens.map((word, index) => ({
            word,
            tag: firsts[index]! < 0 ? null : (tags.next().value ?? null),
          })),
        };
      });
    },
  };
}

function nothingToTrainOn(): TrainingError {
  return new TrainingError('no-examples', 'there are no examples to train on');
}

/** In the task's order; an unknown label is an error that names it. */
function ownLabels(task: TaskSettings['task'], examples: readonly Example[]): string[] {
  if (task.kind === 'causal-lm') return [];
  const own = new Set(examples.flatMap(labelsOf));
  const unknown = [...own].find((label) => !task.labels.includes(label));
  if (unknown !== undefined) {
    throw new TrainingError('wrong-task', `label ${JSON.stringify(unknown)} is not one of the task's labels`);
  }
  return task.labels.filter((label) => own.has(label));
}

function labelsOf(example: Example): readonly string[] {
  if ('tags' in example) return example.tags;
  return 'label' in example ? [example.label] : [];
}

function startingState(parts: ModelParts, { seed, personal, optimizerState }: LearnerOptions): LocalState {
  const start =
    personal === undefined
      ? initialPersonal(parts, seed)
      : pickTensors(personal, parts.personal, 'the workspace');
  return { personal: asPersonal(start), optimizerState: optimizerState ?? new Map() };
}

/** Results may be moved out of the worker with their buffers, so what stays is a copy. */
function keep({ personal, optimizerState }: LocalState): LocalState {
  return { personal: asPersonal(cloneTensors(personal)), optimizerState: cloneTensors(optimizerState) };
}

function summaryOf(parts: ModelParts, examples: readonly EncodedExample[]): LearnerSummary {
  return {
    examples: examples.length,
    truncated: examples.filter(({ truncated }) => truncated).length,
    labels: parts.labels,
    fingerprint: parts.base.fingerprint,
    sharedTensors: parts.shared,
    personalTensors: parts.personal,
    tokenLimit: tokenLimit(parts),
  };
}

function encodeTexts(
  texts: readonly string[],
  parts: ModelParts,
  encodeOne: (example: Example) => EncodedExample,
): EncodedExample[] {
  if (parts.settings.task.kind !== 'classification') {
    throw new TrainingError('wrong-task', 'labels of texts can only be predicted for a classification task');
  }
  return texts.map((text) => encodeOne({ text, label: '' }));
}

// What a kind of task is: its rows of data, their encoding, its head, its figures and what it says about new texts.
// Interface only; a kind is a file named after it, the table of them is tasks.ts. Not here: the forward pass and the
// loss (task-program.ts), which need tfjs: who only reads data does not load that.
import type { HeadOwnership } from '@colora/adapters/head';
import type { BaseModel } from '@colora/models/base-model';
import type { TaskKind } from '@colora/protocol/task-kinds';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { Columns, Fields, SourceRow } from '../rows/row-fields.ts';
import type { KnownLabels } from '../rows/row-labels.ts';
import type { TextEncoder } from '../text/tokenizer.ts';
import type { DataPlace } from '../training-error.ts';
import type { EncodedExample } from './encoded-example.ts';
import type { EvaluatedBatch } from './evaluated-batch.ts';

export type SettingsOf<Kind extends TaskKind> = Extract<TaskSettings['task'], { kind: Kind }>;

export interface Task<Own = object, Settings = TaskSettings['task'], Answer = unknown> {
  /** What one answer is about: a whole text, or one of its tokens. */
  readonly answers: 'texts' | 'tokens';

  // rows of data

  readonly columns: Columns;
  /** Whether a row with these fields was written for it, asked after the kinds before it in the table. */
  claims(fields: Fields): boolean;
  /**
   * `labels`: those that a row may use. Further fields are ignored.
   * Throws DataError where a field is missing, empty, of another type, or names another label.
   */
  readRow(row: SourceRow, labels: KnownLabels): Own;
  /** The row that a text file makes. Throws DataError where it can't hold what the task needs. */
  fieldsOfText(file: TextFile): Fields;

  // examples

  isExample(example: object): boolean;
  /** What an example is, to be said where another was given. */
  readonly needs: string;
  labelsOf(example: Own): readonly string[];
  /**
   * An example may become several. Throws TrainingError `wrong-task` for messages the base model can't read, `no-token`
   * for a text it has no tokens for.
   */
  encode(example: Own, encoding: ExampleEncoding): Promise<EncodedTargets[]>;
  /** Whether a loss can be had on it: its label, or one of its tokens', is among the learner's. */
  isJudged(example: EncodedExample): boolean;

  // adapters and head

  /** Whether the task's forward pass goes through a module of the base model. */
  passes(module: string): boolean;
  /** Null where the base model scores by itself. */
  head(settings: Settings): TaskHead | null;
  /** Length of what the head looks at, 0 without a head. Throws TrainingError `wrong-task` where the base model can't do the task. */
  featureSize(base: BaseModel): number;

  // what came out

  /** Over all batches of an evaluation, in order. */
  figures(batches: readonly EvaluatedBatch[], labels: readonly string[]): Figures;
  /** What it says about texts of which nobody has told the answer; null where it writes instead. */
  readonly predict: Reading<Own, Answer> | null;
}

export interface TextFile {
  readonly text: string;
  /** The name of the folder it lies in; null for the very folder that was named. */
  readonly folder: string | null;
  readonly place: DataPlace;
}

export interface ExampleEncoding {
  readonly encoder: TextEncoder;
  readonly maxTokens: number;
  /** The learner's labels and their indices. */
  readonly labels: ReadonlyMap<string, number>;
}

export type EncodedTargets = Pick<EncodedExample, 'ids' | 'truncated' | 'label' | 'targets'>;

export interface TaskHead {
  /** All that members may use; a member trains the rows of its own. */
  readonly labels: readonly string[];
  readonly ownership: HeadOwnership;
  /** logits = scale (W f + b) */
  readonly scale: number;
}

export interface Figures {
  /** Share of right labels (of texts, of words) or of right next tokens, 0 to 1. A label this learner doesn't have counts as wrong. */
  readonly accuracy: number;
  /**
   * Mean cross-entropy in nats an example (or a token) over the examples whose label the learner has; left out where it
   * has none of them.
   */
  readonly loss?: number;
  /**
   * Language model: share of examples of which every counted token has the highest score given those before it, so
   * that greedy decoding would write the very completion.
   */
  readonly exactMatch?: number;
  /** Labels of words: F1 of whole spans, where the labels name spans (spans.ts). */
  readonly spanF1?: number;
}

export interface Reading<Own, Answer> {
  /** The text as an example without its answer; it becomes exactly one. */
  exampleOf(text: string): Own;
  /** One a text. */
  answers(
    texts: readonly string[],
    batches: readonly EvaluatedBatch[],
    by: { readonly labels: readonly string[]; readonly encoder: TextEncoder; readonly maxTokens: number },
  ): Promise<Answer[]>;
  /** An answer to be read by people. */
  shown(text: string, answer: Answer): string;
}

// The table of the kinds of tasks: a new kind is its own files (task.ts and task-program.ts say what they hold), a row
// here, one in task-programs.ts, and one in the protocol's task-kinds.ts.
import type { TaskKind } from '@colora/protocol/task-kinds';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { Columns } from '../rows/row-fields.ts';
import { causalLm } from './causal-lm.ts';
import { classification } from './classification.ts';
import type { SettingsOf, Task } from './task.ts';
import { tokenClassification } from './token-classification.ts';

/** A kind that claims rows of some fields stands before one that claims any. */
const tasks = {
  classification,
  'token-classification': tokenClassification,
  'causal-lm': causalLm,
} satisfies { readonly [Kind in TaskKind]: Task<object, SettingsOf<Kind>> };

type ExampleOf<OneTask> = OneTask extends Task<infer Own, infer _, infer _> ? Own : never;
type AnswerOf<OneTask> = OneTask extends Task<infer _, infer _, infer Answer> ? Answer : never;

/** What a private example is: that of any kind. */
export type Example = ExampleOf<(typeof tasks)[TaskKind]>;

/** What is said about a text, by any kind that predicts. */
export type Prediction = AnswerOf<(typeof tasks)[TaskKind]>;

/** What the rows of data must hold: a task group's task fits. `any`: labels that nobody has declared yet. */
export type ReadableTask = ReadableOf<TaskSettings['task']>;

type ReadableOf<Settings> = Settings extends { kind: infer Kind; labels: unknown }
  ? { readonly kind: Kind; readonly labels: readonly string[] | 'any' }
  : Settings extends { kind: infer Kind }
    ? { readonly kind: Kind }
    : never;

export function taskOf({
  kind,
}: {
  readonly kind: TaskKind;
}): Task<Example, TaskSettings['task'], Prediction> {
  return tasks[kind];
}

/** The kind that a row with these fields was written for. */
export function kindOfRow(fields: Readonly<Record<string, unknown>>): TaskKind {
  const kinds = Object.keys(tasks) as TaskKind[];
  const found = kinds.find((kind) => tasks[kind].claims(fields));
  if (found === undefined) throw new Error('no kind of task claims every row; the last of the table must');
  return found;
}

/** The columns that any kind reads, as texts: enough to know the kind, and nothing in them needs to be right. */
export function columnsOfAll(): Columns {
  const names = Object.values(tasks).flatMap(({ columns }) => Object.keys(columns));
  return Object.fromEntries(names.map((name) => [name, 'text']));
}

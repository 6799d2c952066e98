// The one place that opens private examples: JSON lines from a file, checked line by line.
// Not here: tokens (tokenizer.ts), batches (batches.ts). Messages name file and line, never a text.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { seededRandom } from '@colora/tensors/random';
import { DataError } from './training-error.ts';

export interface LabelledExample {
  readonly text: string;
  readonly label: string;
}
export interface CompletionExample {
  readonly prompt: string;
  readonly completion: string;
}
export interface TextExample {
  readonly text: string;
}
export type Example = LabelledExample | CompletionExample | TextExample;

/** What the lines must hold: a task group's task fits. `any`: labels that nobody has declared yet. */
export type ReadableTask =
  | { readonly kind: 'classification'; readonly labels: readonly string[] | 'any' }
  | { readonly kind: 'causal-lm' };

export interface ReadOptions {
  /** The share (0 to below 1) of the examples to hold out for evaluation; 0 by default. */
  readonly holdOut?: number;
  /** Which examples are held out. */
  readonly seed?: number;
}

export interface ExamplesRead {
  readonly examples: Example[];
  readonly heldOut: Example[];
}

/**
 * Reads a `.jsonl` file: one object a line, `{"text", "label"}` for classification, `{"prompt", "completion"}`
 * or `{"text"}` for a causal language model; without a task, whichever of these a line has.
 * Further fields are ignored, and so are blank lines and a byte order mark.
 * Throws DataError with the file and the line, also where the split leaves nothing to train on.
 */
export async function readExamples(
  path: string,
  task: ReadableTask,
  options: ReadOptions = {},
): Promise<ExamplesRead> {
  const parse =
    task.kind === 'classification'
      ? labelledReader(task.labels === 'any' ? null : new Set(task.labels))
      : readCompletion;
  const examples: Example[] = [];
  let number = 0;
  try {
    const lines = createInterface({
      input: createReadStream(path, 'utf8'),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    for await (const line of lines) {
      number += 1;
      const text = number === 1 ? line.replace(/^\uFEFF/, '') : line;
      if (text.trim() !== '') examples.push(parse(parseObject(text, path, number), path, number));
    }
  } catch (error) {
    throw readingError(error, path);
  }
  if (examples.length === 0) throw new DataError(path, undefined, 'the file holds no examples');
  return split(examples, path, options);
}

function readingError(error: unknown, path: string): unknown {
  if (error instanceof DataError || !(error instanceof Error) || !('code' in error)) return error;
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file',
    EISDIR: 'this is a folder; name a .jsonl file',
    EACCES: 'no permission to read it',
  };
  return new DataError(
    path,
    undefined,
    reasons[String(error.code)] ?? `cannot be read (${String(error.code)})`,
    {
      cause: error,
    },
  );
}

type Fields = Readonly<Record<string, unknown>>;

function parseObject(line: string, file: string, number: number): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // the parser's own message quotes the line
    throw new DataError(file, number, 'not valid JSON; each line must be one JSON object');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new DataError(file, number, 'not a JSON object, such as {"text": "…", "label": "…"}');
}

function labelledReader(
  labels: ReadonlySet<string> | null,
): (fields: Fields, file: string, line: number) => Example {
  return (fields, file, line) => {
    const text = textField(fields, 'text', file, line);
    const label = textField(fields, 'label', file, line);
    if (labels === null || labels.has(label)) return { text, label };
    const allowed = [...labels].slice(0, 20).map((known) => JSON.stringify(known));
    const rest = labels.size > 20 ? `, … (${labels.size} in all)` : '';
    throw new DataError(
      file,
      line,
      `label ${JSON.stringify(label.slice(0, 100))} is not one of the task's labels: ${allowed.join(', ')}${rest}`,
    );
  };
}

function readCompletion(fields: Fields, file: string, line: number): Example {
  if ('prompt' in fields || 'completion' in fields) {
    return {
      prompt: textField(fields, 'prompt', file, line),
      completion: textField(fields, 'completion', file, line),
    };
  }
  if ('text' in fields) return { text: textField(fields, 'text', file, line) };
  throw new DataError(file, line, 'needs the fields "prompt" and "completion", or the field "text"');
}

function textField(fields: Fields, name: string, file: string, line: number): string {
  const value = fields[name];
  if (value === undefined) throw new DataError(file, line, `the field "${name}" is missing`);
  if (typeof value !== 'string')
    throw new DataError(file, line, `the field "${name}" must be a text in quotes`);
  if (value.trim() === '') throw new DataError(file, line, `the field "${name}" is empty`);
  return value;
}

function split(examples: Example[], path: string, options: ReadOptions): ExamplesRead {
  const holdOut = options.holdOut ?? 0;
  if (!(holdOut >= 0 && holdOut < 1))
    throw new RangeError(`holdOut must be from 0 to below 1, not ${holdOut}`);
  if (holdOut === 0) return { examples, heldOut: [] };
  const held = Math.max(1, Math.round(examples.length * holdOut));
  if (held >= examples.length) {
    throw new DataError(
      path,
      undefined,
      `no examples are left to train on after holding out ${held} of ${examples.length}`,
    );
  }
  const order = seededRandom(`hold-out/${options.seed ?? 0}`).shuffle([...examples.keys()]);
  const isHeld = new Set(order.slice(0, held));
  return {
    examples: examples.filter((_, index) => !isHeld.has(index)),
    heldOut: examples.filter((_, index) => isHeld.has(index)),
  };
}

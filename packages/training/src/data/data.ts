// The one place that opens private examples, whatever they come in: JSON lines, CSV, Parquet, text files, the
// standard input. Not here: how each is read (the sources), tokens (tokenizer.ts), batches (batches.ts).
import { stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import type { Fields, SourceRow } from '../tasks/row-fields.ts';
import type { TaskKind, TextFile } from '../tasks/task.ts';
import { type Example, kindOfRow, type ReadableTask, taskOf } from '../tasks/tasks.ts';
import { DataError } from '../training-error.ts';
import { csvRows } from './csv-source.ts';
import { holdOut as drawHeldOut } from './hold-out.ts';
import { jsonlRows, standardInput } from './jsonl-source.ts';
import { parquetRows } from './parquet-source.ts';
import { isTextFile, textFolderRows, textRow } from './text-source.ts';

interface ReadOptions {
  /** The share (0 to below 1) of the examples to hold out for evaluation; 0 by default. */
  readonly holdOut?: number;
  /** Which examples are held out. */
  readonly seed?: number;
}

interface ExamplesRead {
  readonly examples: Example[];
  readonly heldOut: Example[];
}

/**
 * Reads all examples of `path`: a folder of text files, a `.csv`, `.tsv`, `.parquet`, `.txt` or `.md` file, any other
 * file as JSON lines, and `-` as JSON lines from the standard input. Fields by task: `text`, `label`; `tokens`,
 * `tags`; `prompt`, `completion` or `messages` or `text`.
 * Throws DataError with the file and the line or row, also where the split leaves nothing to train on.
 */
export async function readExamples(
  path: string,
  task: ReadableTask,
  options: ReadOptions = {},
): Promise<ExamplesRead> {
  const { readRow, fieldsOfText } = taskOf(task);
  const labels = 'labels' in task && task.labels !== 'any' ? new Set(task.labels) : null;
  const examples: Example[] = [];
  try {
    for await (const row of await rowsOf(path, fieldsOfText)) examples.push(readRow(row, labels));
  } catch (error) {
    throw readingError(error, path);
  }
  if (examples.length === 0) throw new DataError({ file: path }, 'the file holds no examples');
  return split(examples, path, options);
}

/** The kind of task that the first row of `path` was written for, by its fields. Throws DataError where there is no row to read. */
export async function kindOfExamples(path: string): Promise<TaskKind> {
  try {
    for await (const { fields } of await rowsOf(path, ({ text }) => ({ text }))) return kindOfRow(fields);
  } catch (error) {
    throw readingError(error, path);
  }
  throw new DataError({ file: path }, 'the file holds no examples');
}

/** Files that hold one example a line or row. */
export function isTableFile(name: string): boolean {
  return ['.jsonl', '.csv', '.tsv', '.parquet'].includes(extname(name).toLowerCase());
}

async function rowsOf(
  path: string,
  fieldsOfText: (file: TextFile) => Fields,
): Promise<AsyncIterable<SourceRow>> {
  if (path === standardInput) return jsonlRows(path);
  if ((await stat(path)).isDirectory()) return textFolderRows(path, fieldsOfText);
  if (isTextFile(path)) return oneRow(textRow(path, fieldsOfText, dirname(path)));
  const ending = extname(path).toLowerCase();
  if (ending === '.csv' || ending === '.tsv') return csvRows(path, ending === '.csv' ? ',' : '\t');
  return ending === '.parquet' ? parquetRows(path) : jsonlRows(path);
}

async function* oneRow(row: Promise<SourceRow>): AsyncGenerator<SourceRow> {
  yield await row;
}

function readingError(error: unknown, path: string): unknown {
  if (error instanceof DataError || !(error instanceof Error) || !('code' in error)) return error;
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'no permission to read it',
  };
  const reason = reasons[String(error.code)] ?? `cannot be read (${String(error.code)})`;
  return new DataError({ file: path }, reason, { cause: error });
}

function split(examples: Example[], path: string, options: ReadOptions): ExamplesRead {
  const holdOut = options.holdOut ?? 0;
  if (!(holdOut >= 0 && holdOut < 1))
    throw new RangeError(`holdOut must be from 0 to below 1, not ${holdOut}`);
  if (holdOut === 0) return { examples, heldOut: [] };
  const held = Math.max(1, Math.round(examples.length * holdOut));
  if (held >= examples.length) {
    throw new DataError(
      { file: path },
      `no examples are left to train on after holding out ${held} of ${examples.length}`,
    );
  }
  const parts = drawHeldOut(examples, held, `hold-out/${options.seed ?? 0}`);
  return { examples: parts.kept, heldOut: parts.heldOut };
}

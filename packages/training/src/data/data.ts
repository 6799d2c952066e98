// The one place that opens private examples, whatever they come in: JSON lines, CSV, Parquet, text files, the
// standard input. Not here: how each is read (the sources), tokens (tokenizer.ts), batches (batches.ts).
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { TaskKind } from '@colora/protocol/task-kinds';
import { type Columns, type Fields, pickColumns, type SourceRow } from '../rows/row-fields.ts';
import { knownLabels } from '../rows/row-labels.ts';
import { assertWholeCharacters } from '../rows/whole-characters.ts';
import type { Task } from '../tasks/task.ts';
import { columnsOfAll, type Example, kindOfRow, type ReadableTask, taskOf } from '../tasks/tasks.ts';
import { DataError, type DataPlace } from '../training-error.ts';
import { csvRows } from './csv-source.ts';
import { holdOut as drawHeldOut } from './hold-out.ts';
import { jsonlRows, standardInput, standardInputName } from './jsonl-source.ts';
import { parquetRows } from './parquet/parquet-source.ts';
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
  /** Where each of them stands. */
  readonly places: ReadonlyMap<Example, DataPlace>;
}

/** Of a file or folder its path (`-`: the standard input), or the rows themselves, with the fields that a line of JSON would have. */
export type DataSource = string | readonly Fields[];

/** How a kind of task reads rows. */
type RowReading = Pick<Task, 'columns' | 'fieldsOfText'>;

/**
 * Reads all examples of `source`: a folder of text files, a `.csv`, `.tsv`, `.parquet`, `.txt` or `.md` file, any other
 * file as JSON lines, `-` as JSON lines from the standard input, or rows. Fields by task: `text`, `label`; `tokens`,
 * `tags`; `prompt`, `completion` or `messages` or `text`. Labels come in the task's spelling (row-labels.ts).
 * Throws DataError with the file and the line or row, also where the split leaves nothing to train on.
 */
export async function readExamples(
  source: DataSource,
  task: ReadableTask,
  options: ReadOptions = {},
): Promise<ExamplesRead> {
  const kind = taskOf(task);
  const labels = knownLabels('labels' in task ? task.labels : 'any');
  const path = typeof source === 'string' ? source : givenName;
  const places = new Map<Example, DataPlace>();
  try {
    for await (const row of await rowsOf(source, kind)) {
      assertWholeCharacters(row);
      places.set(kind.readRow(row, labels), row.place);
    }
  } catch (error) {
    throw readingError(error, path);
  }
  if (places.size === 0) throw noExamples(path);
  return { ...split([...places.keys()], path, options), places };
}

/** The kind of task that the first row of `path` was written for, by its fields. Throws DataError where there is no row to read. */
export async function kindOfExamples(path: string): Promise<TaskKind> {
  try {
    for await (const { fields } of await rowsOf(path, anyKind)) return kindOfRow(fields);
  } catch (error) {
    throw readingError(error, path);
  }
  throw noExamples(path);
}

const anyKind: RowReading = { columns: columnsOfAll(), fieldsOfText: ({ text }) => ({ text }) };

function noExamples(path: string): DataError {
  const file = path === standardInput ? standardInputName : path;
  return new DataError({ file }, path === givenName ? 'there are none' : 'the file holds no examples');
}

/** Files that hold one example a line or row. */
export function isTableFile(name: string): boolean {
  return ['.jsonl', '.csv', '.tsv', '.parquet'].includes(extname(name).toLowerCase());
}

/** What messages call rows that come from no file. */
const givenName = 'the examples given';

async function rowsOf(
  path: DataSource,
  { columns, fieldsOfText }: RowReading,
): Promise<AsyncIterable<SourceRow>> {
  if (typeof path !== 'string') return givenRows(path, columns);
  if (path === standardInput) return jsonlRows(path, columns);
  if ((await stat(path)).isDirectory()) return textFolderRows(path, fieldsOfText);
  if (isTextFile(path)) return oneRow(textRow(path, fieldsOfText, null));
  const ending = extname(path).toLowerCase();
  if (ending === '.csv' || ending === '.tsv') return csvRows(path, ending === '.csv' ? ',' : '\t', columns);
  return ending === '.parquet' ? parquetRows(path, columns) : jsonlRows(path, columns);
}

async function* givenRows(rows: readonly Fields[], columns: Columns): AsyncGenerator<SourceRow> {
  for (const [index, row] of rows.entries()) {
    const place = { file: givenName, row: index + 1 };
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw new DataError(place, 'not an object, such as {"text": "…", "label": "…"}');
    yield { fields: pickColumns(row, columns), place };
  }
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
  const file = 'path' in error && typeof error.path === 'string' ? error.path : path;
  return new DataError({ file }, reason, { cause: error });
}

function split(examples: Example[], path: string, options: ReadOptions): Omit<ExamplesRead, 'places'> {
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

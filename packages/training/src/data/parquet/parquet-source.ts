// Parquet as rows, read in a thread that can be ended: a damaged file, or one that somebody made for it, may keep its reader busy
// or let it take memory for ever, and meanwhile nobody would hear Ctrl-C. The reading is parquet-groups.ts.
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { Columns, SourceRow } from '../../rows/row-fields.ts';
import { DataError } from '../../training-error.ts';
import type { ParquetAnswer } from './parquet-thread.ts';

/** Seconds that a group of rows may take, of a file of so many bytes: much more than any does. */
const patienceFor = (bytes: number) => 20 + bytes / 1e6;

/** Throws DataError, and the file system's errors. */
export async function* parquetRows(
  path: string,
  columns: Columns,
  patience = patienceFor,
): AsyncGenerator<SourceRow> {
  const { size } = await stat(path);
  const thread = new Worker(new URL('../../worker/worker-entry.js', import.meta.url), {
    workerData: { entry: '../data/parquet/parquet-thread', path, columns },
    execArgv: [],
  });
  try {
    for (;;) {
      const answer = await ask(thread, path, Math.ceil(patience(size)));
      if ('problem' in answer) throw new DataError({ file: path }, answer.problem);
      if (answer.rows === null) return;
      yield* answer.rows;
    }
  } finally {
    await thread.terminate();
  }
}

async function ask(thread: Worker, file: string, seconds: number): Promise<ParquetAnswer> {
  thread.postMessage('next');
  try {
    const [answer] = await once(thread, 'message', { signal: AbortSignal.timeout(1000 * seconds) });
    return answer;
  } catch (cause) {
    const why = whyNothing(cause, seconds);
    if (why === undefined) throw cause;
    throw new DataError({ file }, `cannot be read as Parquet (${why}); is the file whole?`, { cause });
  }
}

function whyNothing(error: unknown, seconds: number): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'AbortError') return `nothing has come of it in ${seconds} s`;
  const isFull = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isFull ? 'it asks for more memory than there is' : undefined;
}

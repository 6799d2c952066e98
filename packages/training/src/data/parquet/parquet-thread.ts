// The thread that reads a Parquet file for parquet-source.ts: a group of rows whenever it is asked for the next.
import { parentPort, workerData } from 'node:worker_threads';
import type { Columns, SourceRow } from '../../rows/row-fields.ts';
import { DataError } from '../../training-error.ts';
import { parquetGroups } from './parquet-groups.ts';

/** `rows` are null at the end; `problem` is a DataError's, without its place. */
export type ParquetAnswer = { readonly rows: SourceRow[] | null } | { readonly problem: string };

const { path, columns } = workerData as { readonly path: string; readonly columns: Columns };
const groups = parquetGroups(path, columns);

async function next(): Promise<ParquetAnswer> {
  try {
    const { done, value } = await groups.next();
    return { rows: done ? null : value };
  } catch (error) {
    if (error instanceof DataError) return { problem: error.message.slice(`${path}: `.length) };
    return {
      problem: `cannot be read (${error instanceof Error && 'code' in error ? error.code : 'unknown'})`,
    };
  }
}

parentPort?.on('message', async () => parentPort?.postMessage(await next()));

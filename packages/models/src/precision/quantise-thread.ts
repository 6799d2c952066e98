// A thread that makes matrices in fewer bits, one at a time. Who asks is quantise-threads.ts.
import { parentPort } from 'node:worker_threads';
import { type MatrixJob, makeParts } from './matrix-forms.ts';

/** Null: it failed, and would say why where it is tried again. */
export type MadeParts = readonly Uint8Array[] | null;

parentPort!.on('message', async (job: MatrixJob) => {
  const parts = await makeParts(job).catch(() => null);
  parentPort!.postMessage(parts satisfies MadeParts, parts?.map(({ buffer }) => buffer as ArrayBuffer) ?? []);
});

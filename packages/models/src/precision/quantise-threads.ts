// Matrices in fewer bits, made by as many threads as there are processors, in the order in which they are
// asked for.
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type MatrixJob, makeParts } from './matrix-forms.ts';
import type { MadeParts } from './quantise-thread.ts';

/** Values; fewer are made sooner than threads begin. */
const worthThreads = 2 ** 24;

function usualThreads(jobs: readonly MatrixJob[]): number {
  const values = jobs.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  return values < worthThreads ? 1 : availableParallelism();
}

/** The parts of each job, in their order; one job a thread is under way. Throws as makeParts does. */
export async function* makeInThreads(
  jobs: readonly MatrixJob[],
  threads = usualThreads(jobs),
): AsyncGenerator<readonly Uint8Array[]> {
  if (threads === 1) {
    for (const job of jobs) yield await makeParts(job);
    return;
  }
  const workers = Array.from({ length: Math.min(threads, jobs.length) }, startThread);
  try {
    const underWay: Promise<readonly Uint8Array[]>[] = [];
    for (const [index, job] of jobs.entries()) {
      if (underWay.length === workers.length) yield await underWay.shift()!;
      const made = makeBy(workers[index % workers.length]!, job);
      made.catch(() => undefined); // told when it is its turn
      underWay.push(made);
    }
    for (const made of underWay) yield await made;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function startThread(): Worker {
  const worker = new Worker(new URL('./quantise-entry.js', import.meta.url), { execArgv: [] });
  worker.on('error', () => undefined); // whoever waits for it hears of it
  return worker;
}

/** A thread that can't is told in its stead. */
async function makeBy(worker: Worker, job: MatrixJob): Promise<readonly Uint8Array[]> {
  try {
    const answered = once(worker, 'message') as Promise<[MadeParts]>;
    worker.postMessage(job);
    const [parts] = await answered;
    if (parts !== null) return parts;
  } catch {} // the thread has ended
  return makeParts(job);
}

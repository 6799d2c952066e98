// How much memory there is for training.
import { totalmem } from 'node:os';

/** Memory that there is for a step. */
export interface Room {
  readonly bytes: number;
  /** Of them, those that nobody holds now. */
  readonly free: number;
  /** Who says so, as in "… 4.0 GB". */
  readonly by: string;
}

/** Of the machine, or its container; or what its owner allows of it. */
export function roomFor(maxMemory: number | null): Room {
  const limit = process.constrainedMemory();
  const total = limit > 0 && limit < totalmem() ? limit : totalmem();
  const free = process.availableMemory();
  if (maxMemory === null || maxMemory >= total) return { bytes: total, free, by: 'this machine has' };
  return { bytes: maxMemory, free: Math.min(free, maxMemory), by: '--max-memory allows' };
}

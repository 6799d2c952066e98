// Brings a tracker up to date with a group, once or for as long as the group goes on. What the tracker has is asked of itself: who is
// stopped, killed or restarted goes on without a gap and without anything twice.
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, ApiProblem } from '@colora/protocol/api-client';
import { NetworkProblem } from '@colora/protocol/failures/network-problem';
import { meaningOf } from '@colora/protocol/problem-table';
import { readPoints } from './read-points.ts';
import { curveOf, type LastSteps, noteStep, type Tracker } from './tracker.ts';

interface ExportOptions {
  readonly group: string;
  /** Goes on until the group is completed, looking again after so many milliseconds; null: once. */
  readonly everyMs: number | null;
  readonly signal: AbortSignal;
  readonly onWritten: (points: number) => void;
  /** What passes, while it goes on: a coordinator or a tracker that is away. */
  readonly onTrouble: (message: string) => void;
}

/** How many points it wrote. Throws what the tracker throws, ApiProblem and NetworkProblem, of what passes only where it looks once. */
export async function exportPoints(
  api: ApiClient,
  tracker: Tracker,
  { group, everyMs, signal, onWritten, onTrouble }: ExportOptions,
): Promise<number> {
  let known: LastSteps | null = null; // asked anew after trouble: something may have been written
  let written = 0;
  let isLast = everyMs === null;
  for (;;) {
    try {
      known ??= await tracker.lastSteps();
      // asked first; members tell of the last checkpoint a while after the group is completed: one look more
      const { state } = await api.call('showGroup', { params: { group } });
      written += await writeNew(api, tracker, known, { group, onWritten });
      if (isLast || signal.aborted) return written;
      isLast = state === 'completed';
    } catch (error) {
      if (signal.aborted) return written;
      if (everyMs === null || !passes(error)) throw error;
      known = null;
      onTrouble(error.message);
    }
    await sleep(everyMs ?? 0, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return written;
  }
}

async function writeNew(
  api: ApiClient,
  tracker: Tracker,
  known: LastSteps,
  { group, onWritten }: Pick<ExportOptions, 'group' | 'onWritten'>,
): Promise<number> {
  const points = await readPoints(api, group, known);
  if (points.length === 0) return 0;
  await tracker.write(points);
  for (const point of points) noteStep(known, curveOf(point), point.step);
  onWritten(points.length);
  return points.length;
}

function passes(error: unknown): error is Error {
  if (error instanceof ApiProblem) return meaningOf(error.problem).means === 'retry';
  return error instanceof NetworkProblem && !error.final;
}

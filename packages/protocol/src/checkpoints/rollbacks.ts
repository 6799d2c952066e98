// Rollbacks of a group as data: a new checkpoint with an earlier one's tensors. Versions only grow, so a checkpoint's line of
// descent leaps back wherever one was made; which checkpoints are in it is said here, for coordinator and members alike.
import { z } from 'zod';

/** Checkpoint `version` has the tensors and the optimizer's state of checkpoint `to`. */
export const rollbackSchema = z.object({ version: z.int().min(1), to: z.int().min(0) });
export type Rollback = z.infer<typeof rollbackSchema>;

export const mostRollbacks = 1000;

/** In the order of their versions. */
export const rollbacksSchema = z.array(rollbackSchema).max(mostRollbacks);

/** The live round is cancelled; one that aggregates is waited for. */
export const rollbackRequestSchema = z.strictObject({
  toVersion: z
    .int()
    .min(0)
    .max(2 ** 31 - 1),
});

/** Spans of versions, the latest first, in each of which every checkpoint came of the one before: both ends included. */
function lineOf(rollbacks: readonly Rollback[], latest: number): { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = [];
  for (let to = latest; ; ) {
    const last = rollbacks.findLast(({ version }) => version <= to);
    spans.push({ from: last?.version ?? 0, to });
    if (last === undefined) return spans;
    to = last.to;
  }
}

/** Whether checkpoint `latest` came of checkpoint `version`: what went into that one is in it. */
export function isInLine(rollbacks: readonly Rollback[], latest: number, version: number): boolean {
  return lineOf(rollbacks, latest).some(({ from, to }) => from <= version && version <= to);
}

/** Rounds that lead from checkpoint `since`, of its line, to `latest`: the leaps of rollbacks are none. */
export function roundsSince(rollbacks: readonly Rollback[], latest: number, since: number): number {
  return lineOf(rollbacks, latest).reduce(
    (sum, { from, to }) => sum + Math.max(0, to - Math.max(from, since)),
    0,
  );
}

/** Whether a rollback took checkpoint `version` out of its group's line, then or since. */
export function isTakenBack(rollbacks: readonly Rollback[], version: number): boolean {
  return rollbacks.some((rollback) => rollback.to < version && version < rollback.version);
}

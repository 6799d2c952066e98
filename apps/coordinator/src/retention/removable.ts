// What retention removes of a group, as pure functions: the cleaner deletes by them, and the report of storage counts by them.
// Manifests, rounds and who sent what are never removed: `colora verify` says of bytes that are gone that they are.
import type { Rollback } from '@colora/protocol/checkpoints/rollbacks';
import type { TaskSettings } from '@colora/protocol/task-settings';

type Retention = TaskSettings['retention'];

export interface CheckpointFacts {
  readonly latest: number;
  readonly maxStaleness: number;
  readonly rollbacks: readonly Rollback[];
  /** Those that were found best, by whatever figure. */
  readonly best: readonly number[];
}

/**
 * Of these versions, those that nothing keeps: neither that they are among the newest, which rounds and late contributions are
 * made at, nor the first, the best, one in so many, or what the group was last taken back to.
 */
export function removableCheckpoints(
  versions: readonly number[],
  { checkpoints, every }: Pick<Retention, 'checkpoints' | 'every'>,
  { latest, maxStaleness, rollbacks, best }: CheckpointFacts,
): number[] {
  if (checkpoints === null) return [];
  const newest = latest - Math.max(checkpoints, 2, maxStaleness + 1); // late ones are read by their checkpoint
  const kept = new Set([0, ...best, rollbacks.at(-1)?.to ?? 0]);
  return versions.filter(
    (version) => version <= newest && !kept.has(version) && (every === null || version % every !== 0),
  );
}

/** Contributions of rounds up to this one lose their bytes. `committed`: the latest committed round, 0 while there is none. */
export function lastRemovableRound(
  { contributionRounds }: Pick<Retention, 'contributionRounds'>,
  committed: number,
): number {
  return committed - contributionRounds;
}

// The largest L2 norm that the contributions of a round may have, looked up when it opens and kept with it: whoever is asked
// is told it, and whatever was made for that round is held to it, through whichever coordinator and however late it comes.
import { medianRounds, roundNormLimit, usualNorm } from '@colora/aggregation/norm-limit';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { Transaction } from './sql/transaction.ts';

interface Facts {
  readonly median: number | null;
  /** Of the checkpoint's file. */
  readonly bytes: number;
}

/** Null where norms aren't bounded, or by privacy.clipNorm. Rounds that a rollback took back tell nothing of what is usual. */
export async function normLimitFor(
  tx: Transaction,
  { groupId, version }: { readonly groupId: string; readonly version: number },
  settings: TaskSettings,
): Promise<number | null> {
  const { normBound } = settings.aggregation;
  if (normBound === 'off' || settings.privacy.clipNorm !== undefined) return null;
  const [facts] = await tx.$queryRaw<Facts[]>`
    SELECT b."bytes", (
      SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY k."norm") FROM "Contribution" k WHERE k."roundId" IN (
        SELECT r."id" FROM "Round" r WHERE r."groupId" = c."groupId" AND r."state" = 'committed'
          AND NOT EXISTS (SELECT 1 FROM jsonb_to_recordset(g."rollbacks") AS x("version" int, "to" int)
            WHERE x."to" <= r."version" AND r."version" < x."version")
        ORDER BY r."number" DESC LIMIT ${medianRounds}::int)
    ) AS "median"
    FROM "Checkpoint" c JOIN "TaskGroup" g ON g."id" = c."groupId" JOIN "Blob" b ON b."id" = c."blobId"
    WHERE c."groupId" = ${groupId} AND c."version" = ${version}`;
  if (facts === undefined) throw new Error(`group ${groupId} has no checkpoint ${version}`);
  const elements = facts.bytes / Float32Array.BYTES_PER_ELEMENT; // its header among them: a little wider
  return roundNormLimit(normBound, usualNorm(settings, elements), facts.median);
}

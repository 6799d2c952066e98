// Joining a round that collects: by asking for work where everybody is asked, or with a contribution that comes late.
import { sqltag } from '@prisma/client/runtime/client'; // the generated client may not be there yet
import type { PrismaClient } from '../generated/prisma/client.ts';
import { byKey } from '../sql/asked-rows.ts';
import { isAvailableSql } from '../sql/available-members.ts';

export interface Joining {
  readonly roundId: string;
  readonly participantId: string;
  /** The database's. */
  readonly now: Date;
}

/**
 * For each, all of one round, whether it joined now; false for who was in it, when it has stopped collecting, or outside
 * the member's own hours. A synchronous round without a sample then waits for one contribution more of each. `late`:
 * joins whatever its hours, and is marked as never drawn (attempt 0) nor told.
 */
export async function joinRound(
  db: Pick<PrismaClient, '$queryRaw'>,
  joining: readonly Joining[],
  { late = false } = {},
): Promise<boolean[]> {
  const { roundId, now } = joining.at(-1)!;
  const attempt = late ? sqltag`0` : sqltag`r."attempt"`;
  const toldAt = late ? sqltag`NULL` : sqltag`now()`;
  const isAvailable = late ? sqltag`TRUE` : isAvailableSql(now);
  const joined = await db.$queryRaw<{ participantId: string }[]>`
    WITH "collecting" AS ( -- the round's row before the assignments', as who draws anew: else the two may deadlock
      SELECT r.* FROM "Round" r WHERE r."id" = ${roundId} AND r."state" = 'collecting' FOR NO KEY UPDATE
    ), "joined" AS (
      INSERT INTO "Assignment" ("roundId", "participantId", "attempt", "cluster", "toldAt")
      SELECT r."id", m."participantId", ${attempt}, m."cluster", ${toldAt} FROM "collecting" r
      CROSS JOIN unnest(${joining.map(({ participantId }) => participantId)}::text[]) AS x("participantId")
      ${byKey('Membership', 'm', 'm."groupId" = r."groupId" AND m."participantId" = x."participantId"')}
      WHERE m."participantId" IS NOT NULL AND ${isAvailable}
      ON CONFLICT DO NOTHING RETURNING "participantId"
    ), "counted" AS (
      UPDATE "Round" r SET "wanted" = r."wanted" + CASE WHEN g."isSampled" OR g."isBuffered" THEN 0
          ELSE (SELECT count(*)::int FROM "joined") END
      FROM "TaskGroup" g WHERE r."id" = ${roundId} AND g."id" = r."groupId" AND EXISTS (SELECT 1 FROM "joined")
    )
    SELECT "participantId" FROM "joined"`;
  const done = new Set(joined.map(({ participantId }) => participantId));
  return joining.map(({ participantId }) => done.delete(participantId));
}

// Joining a round that collects: by asking for work where everybody is asked, or with a contribution that comes late.
import { sqltag } from '@prisma/client/runtime/client'; // the generated client may not be there yet
import type { Context } from '../context.ts';
import { isAvailableSql } from '../participants/available-members.ts';

/**
 * True for who joined now; false for who was in it, when it has stopped collecting, or outside the member's own hours.
 * `now` is the database's. A synchronous round without a sample then waits for one contribution more. `late`: joins whatever its hours, and is
 * marked as never drawn (attempt 0).
 */
export async function joinRound(
  { db }: Pick<Context, 'db'>,
  roundId: string | null,
  participantId: string,
  now: Date,
  { late = false } = {},
): Promise<boolean> {
  const attempt = late ? sqltag`0` : sqltag`r."attempt"`;
  const isAvailable = late ? sqltag`TRUE` : isAvailableSql(now);
  const joined = await db.$executeRaw`
    WITH "joined" AS (
      INSERT INTO "Assignment" ("roundId", "participantId", "attempt")
      SELECT r."id", m."participantId", ${attempt} FROM "Round" r
      JOIN "Membership" m ON m."groupId" = r."groupId" AND m."participantId" = ${participantId}
      WHERE r."id" = ${roundId} AND r."state" = 'collecting' AND ${isAvailable}
      FOR NO KEY UPDATE OF r -- the round's row before the assignment's, as who draws anew: else the two may deadlock
      ON CONFLICT DO NOTHING RETURNING "roundId")
    UPDATE "Round" r SET "wanted" = r."wanted" + CASE WHEN g."settings" #> '{rounds,cohort}' IS NULL
        AND coalesce(g."settings" #>> '{rounds,mode}', 'synchronous') = 'synchronous' THEN 1 ELSE 0 END
    FROM "joined" j, "TaskGroup" g
    WHERE r."id" = j."roundId" AND r."state" = 'collecting' AND g."id" = r."groupId"`;
  return joined === 1;
}

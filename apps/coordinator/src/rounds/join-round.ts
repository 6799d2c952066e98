// Joining a round that collects: by asking for work where everybody is asked, or with a contribution that comes late.
import { sqltag } from '@prisma/client/runtime/client'; // the generated client may not be there yet
import type { Context } from '../context.ts';
import { isAvailableSql } from '../participants/available-members.ts';

export interface Joining {
  readonly roundId: string;
  readonly participantId: string;
  /** The database's. */
  readonly now: Date;
}

/**
 * For each whether it joined now; false for who was in it, when it has stopped collecting, or outside the member's own
 * hours. A synchronous round without a sample then waits for one contribution more of each. `late`: joins whatever its
 * hours, and is marked as never drawn (attempt 0).
 */
export async function joinRounds(
  { db }: Pick<Context, 'db'>,
  joining: readonly Joining[],
  { late = false } = {},
): Promise<boolean[]> {
  const attempt = late ? sqltag`0` : sqltag`r."attempt"`;
  const isAvailable = late ? sqltag`TRUE` : isAvailableSql(joining.at(-1)!.now);
  const rounds = [...new Set(joining.map(({ roundId }) => roundId))];
  const joined = await db.$queryRaw<Pick<Joining, 'roundId' | 'participantId'>[]>`
    WITH "asked" AS (
      SELECT * FROM unnest(${joining.map(({ roundId }) => roundId)}::text[],
        ${joining.map(({ participantId }) => participantId)}::text[]) AS x("roundId", "participantId")
    ), "collecting" AS ( -- the rounds' rows before the assignments', as who draws anew: else the two may deadlock
      SELECT r.* FROM "Round" r WHERE r."id" = ANY(${rounds}::text[]) AND r."state" = 'collecting'
      ORDER BY r."id" FOR NO KEY UPDATE
    ), "joined" AS (
      INSERT INTO "Assignment" ("roundId", "participantId", "attempt")
      SELECT r."id", m."participantId", ${attempt} FROM "asked" x
      JOIN "collecting" r ON r."id" = x."roundId"
      JOIN LATERAL (SELECT * FROM "Membership" m
        WHERE m."groupId" = r."groupId" AND m."participantId" = x."participantId" LIMIT 1) m ON TRUE
      WHERE ${isAvailable}
      ON CONFLICT DO NOTHING RETURNING "roundId", "participantId"
    ), "counted" AS (
      UPDATE "Round" r SET "wanted" = r."wanted" + CASE WHEN g."settings" #> '{rounds,cohort}' IS NULL
          AND coalesce(g."settings" #>> '{rounds,mode}', 'synchronous') = 'synchronous' THEN j."count" ELSE 0 END
      FROM (SELECT "roundId", count(*)::int FROM "joined" GROUP BY "roundId") AS j("roundId", "count"), "TaskGroup" g
      WHERE r."id" = ANY(${rounds}::text[]) AND r."id" = j."roundId" AND g."id" = r."groupId"
    )
    SELECT "roundId", "participantId" FROM "joined"`;
  const done = new Set(joined.map(keyOf));
  return joining.map((one) => done.delete(keyOf(one)));
}

const keyOf = ({ roundId, participantId }: Pick<Joining, 'roundId' | 'participantId'>) =>
  `${roundId} ${participantId}`;

// How many of the rounds that asked a member it answered, lately, and how long it takes over them: for operators. What follows
// from rounds it missed is sql/reliable-members.ts's; how times come to be known, asks/round-marks.ts's.
import type { PrismaClient } from '../generated/prisma/client.ts';

interface Answered {
  readonly asked: number;
  readonly answered: number;
  readonly usual: UsualSeconds;
}

/** Medians over a member's latest rounds; null where nothing is known. */
export interface UsualSeconds {
  readonly download: number | null;
  /** From the checkpoint's arrival until it begins to send. */
  readonly training: number | null;
  readonly upload: number | null;
}

export const nothingUsual: UsualSeconds = { download: null, training: null, upload: null };

/** Of each group; where many are asked about, of all of them together, but a few of each in any case. */
const rounds = { ofOne: 20, ofAll: 100, least: 5 };

/**
 * By participant, of the latest committed rounds of these groups (by name), or of all its groups; who wasn't asked is not in it. Rounds that
 * got as many as they wanted without it don't count; late contributions do. (OFFSET 0: round by round. Left to itself Postgres reads every
 * row of "Assignment" that there ever was, where many members are asked about.)
 */
export async function readAnswered(
  db: Pick<PrismaClient, '$queryRaw'>,
  participantIds: readonly string[],
  groups: readonly string[] | null,
): Promise<Map<string, Answered>> {
  const rows = await db.$queryRaw<(Omit<Answered, 'usual'> & UsualSeconds & { participantId: string })[]>`
    WITH g AS MATERIALIZED (SELECT "id" FROM "TaskGroup" WHERE ${groups === null} OR "name" = ANY(${groups ?? []}::text[])),
    latest AS (SELECT greatest(${rounds.least}::int, least(${rounds.ofOne}::int, ${rounds.ofAll}::int / greatest(1, count(*)))) AS "many" FROM g),
    r AS MATERIALIZED (SELECT r.* FROM g
      CROSS JOIN LATERAL (SELECT r."id", r."groupId", r."contributed", r."wanted" FROM "Round" r
        WHERE r."groupId" = g."id" AND r."state" = 'committed' ORDER BY r."number" DESC LIMIT (SELECT "many" FROM latest)) r)
    SELECT m."participantId", count(*)::int AS "asked", count(k."madeForId")::int AS "answered",
      percentile_cont(0.5) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM a."downloadedAt" - a."downloadAt")::float8) AS "download",
      percentile_cont(0.5) WITHIN GROUP (
        ORDER BY EXTRACT(EPOCH FROM a."uploadAt" - COALESCE(a."downloadedAt", a."toldAt"))::float8) AS "training",
      percentile_cont(0.5) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM a."uploadedAt" - a."uploadAt")::float8) AS "upload"
    FROM r CROSS JOIN LATERAL (SELECT x.* FROM "Assignment" x WHERE x."roundId" = r."id" AND x."attempt" > 0
      AND x."participantId" IN (SELECT unnest(${participantIds}::text[])) OFFSET 0) a
    JOIN "Membership" m ON m."groupId" = r."groupId" AND m."participantId" = a."participantId"
    LEFT JOIN "Contribution" k ON k."madeForId" = r."id" AND k."participantId" = m."participantId"
    WHERE k."madeForId" IS NOT NULL OR r."contributed" < r."wanted"
    GROUP BY m."participantId"`;
  return new Map(
    rows.map(({ participantId, asked, answered, ...usual }) => [participantId, { asked, answered, usual }]),
  );
}

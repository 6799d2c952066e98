// What running groups wait for, in figures and, for those who may see them, names. What happens next is decided in
// rounds/round-states.ts; this tells it to people.
import type { WaitingFor } from '@colora/protocol/entities';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { isAvailableSql } from '../sql/available-members.ts';
import { membersToOpenSql } from '../sql/members-needed.ts';

type Missing = NonNullable<WaitingFor['missing']>[number];

interface Row {
  groupId: string;
  what: WaitingFor['what'];
  here: number;
  needed: number;
}

interface MissingRow extends Missing {
  groupId: string;
}

/** The most of whom names are told in a group. */
const mostNames = 20;

/** By group id; a group that waits for nobody is not in it. `named`: the caller may see who is missing. */
export async function readWaiting(
  db: Pick<PrismaClient, '$queryRaw'>,
  groupIds: readonly string[],
  { now, named }: { readonly now: Date; readonly named: boolean },
): Promise<Map<string, WaitingFor>> {
  const rows = await db.$queryRaw<Row[]>`
    SELECT w.* FROM (
      SELECT g."id" AS "groupId", CASE WHEN r."id" IS NULL THEN 'members' ELSE 'contributions' END AS "what",
        CASE WHEN r."id" IS NULL THEN (
          SELECT count(*) FROM "Membership" m WHERE m."groupId" = g."id" AND ${isAvailableSql(now)})
        ELSE r."contributed" END::int AS "here",
        CASE WHEN r."id" IS NOT NULL THEN r."wanted" ELSE ${membersToOpenSql} END AS "needed"
      FROM "TaskGroup" g
      LEFT JOIN "Round" r ON r."groupId" = g."id" AND r."state" IN ('collecting', 'aggregating')
      WHERE g."id" = ANY(${groupIds}::text[]) AND g."state" = 'running') w
    WHERE w."here" < w."needed"`;
  const missing = named ? await readMissing(db, rows, now) : [];
  return new Map(
    rows.map(({ groupId, ...figures }) => {
      const names = missing.filter((row) => row.groupId === groupId);
      return [
        groupId,
        { ...figures, missing: named ? names.map(({ participant, why }) => ({ participant, why })) : null },
      ];
    }),
  );
}

/** Who was here last comes first: of members, those who cannot be asked now; of a round, those who were asked. */
function readMissing(
  db: Pick<PrismaClient, '$queryRaw'>,
  rows: readonly Row[],
  now: Date,
): Promise<MissingRow[]> {
  return db.$queryRaw<MissingRow[]>`
    SELECT x."groupId", x."participant", x."why" FROM (
      SELECT m."groupId", p."name" AS "participant", row_number() OVER (PARTITION BY m."groupId" ORDER BY m."lastSeenAt" DESC) AS "at",
        CASE WHEN m."endedAt" IS NOT NULL THEN 'revoked' WHEN m."onlineUntil" <= ${now} THEN 'offline'
          WHEN r."id" IS NULL AND m."awaitsProbe" THEN 'probing' WHEN r."id" IS NULL THEN 'away' ELSE 'online' END AS "why"
      FROM "Membership" m
      JOIN "Participant" p ON p."id" = m."participantId"
      LEFT JOIN "Round" r ON r."groupId" = m."groupId" AND r."state" = 'collecting'
      WHERE m."groupId" = ANY(${rows.map(({ groupId }) => groupId)}::text[])
        AND CASE WHEN r."id" IS NULL THEN NOT ${isAvailableSql(now)} ELSE
          EXISTS (SELECT 1 FROM "Assignment" a WHERE a."roundId" = r."id" AND a."participantId" = m."participantId")
          AND NOT EXISTS (SELECT 1 FROM "Contribution" k WHERE k."roundId" = r."id" AND k."participantId" = m."participantId")
        END) x
    WHERE x."at" <= ${mostNames}::int ORDER BY x."groupId", x."at"`;
}

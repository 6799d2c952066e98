// Which groups to look at, said in SQL so that the idle ones cost nothing: all in which round-states.ts would take a step,
// and few others. What step it is, or none, is decided there; due-groups.test.ts holds the two to each other.
import { type Sql, sqltag } from '@prisma/client/runtime/client'; // the generated client may not be there yet
import type { Context } from '../context.ts';
import { isAvailableSql } from '../sql/available-members.ts';
import { readClock } from '../sql/database-clock.ts';
import { membersToOpenSql, quorumSql } from '../sql/members-needed.ts';
import { isRefusedSql, isWaitedForSql } from '../sql/reliable-members.ts';

/** The keeper looks at these each second. */
export async function findDueGroups({ db }: Pick<Context, 'db'>): Promise<string[]> {
  const now = await readClock(db);
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT g."id" FROM "TaskGroup" g
    LEFT JOIN "Round" r ON r."groupId" = g."id" AND r."state" IN ('collecting', 'aggregating')
    LEFT JOIN "MaskedRound" s ON r."phase" IS NOT NULL AND s."roundId" = r."id" AND s."attempt" = r."attempt"
    WHERE (g."state" = 'running' OR r."state" = 'aggregating') AND (
      (r."id" IS NULL AND (SELECT count(*) FROM "Membership" m WHERE m."groupId" = g."id" AND ${isAvailableSql(now)})
        >= ${membersToOpenSql})
      OR (r."id" IS NULL AND ${wasReportedSql})
      OR (r."id" IS NULL AND g."nextSettings" IS NOT NULL)
      OR (r."state" = 'collecting' AND r."phase" IS NOT NULL AND (s."until" <= ${now} OR ${phaseMayBeOverSql}
        OR (r."phase" = 'masking' AND ${hasNobodyLeftSql(now)})))
      OR (r."state" = 'collecting' AND r."phase" IS NULL AND (r."deadlineAt" <= ${now}
        OR (r."contributed" > 0 AND r."contributed" >= r."wanted") OR ${hasNobodyLeftSql(now)}))
      OR (r."state" = 'aggregating' AND (r."closerUntil" IS NULL OR r."closerUntil" <= ${now})))`;
  return rows.map(({ id }) => id);
}

/** Of a masked round r that collects and its attempt s: all did what its phase waits for, or in the last one as many as may be enough. */
const phaseMayBeOverSql = sqltag`(SELECT CASE r."phase"
    WHEN 'sharing' THEN count(*) FILTER (WHERE p."sharesHash" IS NOT NULL) = s."members"
    WHEN 'masking' THEN r."contributed" >= count(*) FILTER (WHERE p."isSharer")
    WHEN 'signing' THEN count(*) FILTER (WHERE p."signature" IS NOT NULL) = count(*) FILTER (WHERE p."isSender")
    ELSE count(*) FILTER (WHERE p."reveals" IS NOT NULL) >= s."threshold" END
  FROM "MaskedMember" p WHERE p."roundId" = r."id" AND p."attempt" = r."attempt")`;

/** Of a group g with early stop: there is something to judge, also while too few members are online for a round. */
const wasReportedSql = sqltag`EXISTS (SELECT 1 FROM "Metric" k WHERE k."groupId" = g."id" AND k."name" = g."stopMetric"
  AND k."round" > g."judgedFrom")`;

/** Of an assignment a of a masked round r: its member is among those whose masked contributions are taken. */
const isSharerSql = sqltag`EXISTS (SELECT 1 FROM "MaskedMember" p WHERE p."roundId" = r."id" AND p."attempt" = r."attempt"
  AND p."participantId" = a."participantId" AND p."isSharer")`;

/**
 * Of a synchronous group g and its live round r: it has its quorum, and nobody it asked and waits for is both online and still to
 * contribute: neither counted nor refused for good. A buffered one waits for whoever comes: it would be due each second for nothing.
 */
export function hasNobodyLeftSql(now: Date): Sql {
  return sqltag`(NOT g."isBuffered" AND r."contributed" >= ${quorumSql} AND NOT EXISTS (
    SELECT 1 FROM "Assignment" a
    JOIN "Membership" m ON m."groupId" = g."id" AND m."participantId" = a."participantId" AND m."onlineUntil" > ${now}
      AND ${isWaitedForSql}
    WHERE a."roundId" = r."id" AND (r."phase" IS NULL OR ${isSharerSql}) AND NOT ${isRefusedSql} AND NOT EXISTS (
      SELECT 1 FROM "Contribution" k WHERE k."roundId" = a."roundId" AND k."participantId" = a."participantId")))`;
}

// How many members a round of a group asks for at least, so that what it makes tells none of them by itself: as many as have to
// hold a tensor (aggregation's fewest-members.ts), in SQL for those who look at many groups at once.
import { type Sql, sqltag } from '@prisma/client/runtime/client'; // the generated client may not be there yet

/** Of a "TaskGroup" g: the setting, or the number of its members where that is smaller; counts no further than the setting. */
export const membersNeededSql: Sql = sqltag`(SELECT count(*) FROM (SELECT 1 FROM "Membership" m
  WHERE m."groupId" = g."id" AND m."endedAt" IS NULL LIMIT g."minMembers") AS "counted")::int`;

/** Of a group g without a live round: members who have to be there for one to open. */
export const membersToOpenSql: Sql = sqltag`CASE WHEN g."isBuffered" AND g."committedRounds" > 0 THEN 0
  ELSE GREATEST(g."participants", ${membersNeededSql}) END`;

/** Of a group g and its live round r: contributions that are enough at the deadline. */
export const quorumSql: Sql = sqltag`GREATEST(g."quorum", LEAST(g."minMembers", r."members"))`;

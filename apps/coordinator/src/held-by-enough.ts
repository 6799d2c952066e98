// What a round keeps, when it opens and when it is tried again, of how many its members are and which head rows enough of them have
// examples of. Of the others nobody is to send any (aggregation's fewest-members.ts says why): their owners train and keep them. How
// many a tensor needs when the round closes follows from the same two numbers.
import { membersNeeded } from '@colora/aggregation/privacy/fewest-members';
import { headPrefix } from '@colora/protocol/clusters/cluster-rows';
import { minMembersOf, type TaskSettings } from '@colora/protocol/task-settings';
import type { Transaction } from './sql/transaction.ts';

interface HeldByEnough {
  readonly members: number;
  /** Left out where all rows are sent. */
  readonly travelling?: string[];
}

/** `among`: who is in a masked round, whose sum tells what few of them hold; null: all members. */
export async function heldByEnough(
  tx: Transaction,
  groupId: string,
  settings: TaskSettings,
  among: readonly string[] | null = null,
): Promise<HeldByEnough> {
  const members = await tx.membership.count({ where: { groupId, endedAt: null } });
  const wanted = minMembersOf(settings);
  const isAlwaysSent = wanted === 1 || !('head' in settings.task) || settings.task.head === 'personal';
  if (isAlwaysSent) return { members };
  const rows = await tx.$queryRaw<{ name: string }[]>`
    SELECT ${headPrefix} || CASE WHEN g."isClustered" THEN m."cluster" || '/' ELSE '' END || x."label" AS "name"
    FROM "TaskGroup" g JOIN "Membership" m ON m."groupId" = g."id" AND m."endedAt" IS NULL
      AND (m."cluster" IS NOT NULL OR NOT g."isClustered")
    CROSS JOIN unnest(m."labels") AS x("label")
    WHERE g."id" = ${groupId} AND (${among === null} OR m."participantId" = ANY(${[...(among ?? [])]}::text[])) GROUP BY 1 HAVING count(*) >= ${membersNeeded(wanted, members)} ORDER BY 1`;
  return { members, travelling: rows.map(({ name }) => name) };
}

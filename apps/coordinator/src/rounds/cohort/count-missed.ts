// Who was asked and sent nothing, counted when a round ends or is tried again. What follows from it is
// sql/reliable-members.ts's; what operators see of it, sql/answered-rounds.ts's.
import type { RoundModel } from '../../generated/prisma/models.ts';
import type { Transaction } from '../../sql/transaction.ts';

type Ending = Pick<RoundModel, 'id' | 'groupId' | 'attempt' | 'contributed' | 'wanted'>;

/**
 * Who contributed begins anew. Who was asked in this attempt and sent nothing that counts has missed one more, and stalled it where
 * still online, refused or not (that it was is known a second or two later, and each round of those who are always refused would wait
 * so long); but not where the round got as many as it wanted: nobody waited for the others then. `now` is the database's.
 */
export async function countMissed(
  tx: Pick<Transaction, '$executeRaw'>,
  { id, groupId, attempt, contributed, wanted }: Ending,
  now: Date,
): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM "MissedRounds" x USING "Contribution" k
    WHERE k."roundId" = ${id} AND x."groupId" = ${groupId} AND x."participantId" = k."participantId"`;
  if (contributed >= wanted) return;
  await tx.$executeRaw`
    INSERT INTO "MissedRounds" AS x ("groupId", "participantId", "missed", "stalled")
    SELECT m."groupId", m."participantId", 1, (m."onlineUntil" > ${now})::int
    FROM "Assignment" a
    JOIN "Membership" m ON m."groupId" = ${groupId} AND m."participantId" = a."participantId"
    WHERE a."roundId" = ${id} AND a."attempt" = ${attempt}::int AND NOT EXISTS (
      SELECT 1 FROM "Contribution" k WHERE k."roundId" = a."roundId" AND k."participantId" = a."participantId")
    ON CONFLICT ("groupId", "participantId") DO UPDATE
      SET "missed" = x."missed" + 1, "stalled" = x."stalled" + EXCLUDED."stalled"`;
}

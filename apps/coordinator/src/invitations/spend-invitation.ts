// Using an invitation up: in the transaction that makes the member, by compare-and-set, so that of two who come with the last
// use one gets in.
import { ProblemError } from '@colora/protocol/problems';
import type { InvitationModel } from '../generated/prisma/models.ts';
import { readClock } from '../sql/database-clock.ts';
import type { Transaction } from '../sql/transaction.ts';

/** Null when `participantId` has used one of its uses; else why it lets nobody in. */
export async function spendInvitation(
  tx: Transaction,
  { id, groupId }: Pick<InvitationModel, 'id' | 'groupId'>,
  participantId: string,
): Promise<ProblemError | null> {
  const spent = await tx.$executeRaw`
    UPDATE "Invitation" SET "used" = "used" + 1 WHERE "id" = ${id} AND "groupId" = ${groupId}
      AND "used" < "uses" AND "revokedAt" IS NULL AND "expiresAt" > now()`;
  if (spent === 0) return await whyNot(tx, id);
  await tx.invitationUse.createMany({
    data: [{ invitationId: id, participantId }],
    skipDuplicates: true, // who left and comes again by it
  });
  return null;
}

async function whyNot(tx: Transaction, id: string): Promise<ProblemError> {
  const row = await tx.invitation.findUnique({ where: { id } });
  const why =
    row === null || row.revokedAt !== null
      ? 'was revoked'
      : row.expiresAt <= (await readClock(tx))
        ? `expired at ${row.expiresAt.toISOString()}`
        : `was used ${row.uses === 1 ? 'already' : `${row.uses} times, which is as often as it may be`}`;
  return new ProblemError('invitation-needed', `this invitation ${why}`);
}

// Which members of a masked group can't be asked yet: kept with their memberships (awaitsKeys), anew whenever what it follows from
// changes. Keys are handed in at participants/masking-key-handlers.ts.
import { ProblemError } from '@colora/protocol/problems';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import type { Transaction } from '../sql/transaction.ts';

export function assertMasked({ name, isMasked }: Pick<TaskGroupModel, 'name' | 'isMasked'>): void {
  if (!isMasked) throw new ProblemError('wrong-group-state', `${name} has no secure aggregation`);
}

/**
 * Of these members of a masked group: whether they are to hand in keys, or wait for somebody’s word, before they can be asked.
 * `isVouched`: the group asks for somebody’s word.
 */
export async function noteAwaited(
  tx: Pick<Transaction, '$executeRaw'>,
  { groupId, isVouched }: { readonly groupId: string; readonly isVouched: boolean },
  participantIds: readonly string[],
): Promise<void> {
  await tx.$executeRaw`
    UPDATE "Membership" m SET "awaitsKeys" = x."awaits" FROM (
      SELECT m."participantId", (${isVouched} AND m."vouchedKey" IS DISTINCT FROM p."signingKey") OR NOT EXISTS (
        SELECT 1 FROM "MaskingKey" k WHERE k."groupId" = m."groupId" AND k."participantId" = m."participantId"
          AND k."key" = p."signingKey" AND k."roundId" IS NULL) AS "awaits"
      FROM "Membership" m JOIN "Participant" p ON p."id" = m."participantId"
      WHERE m."groupId" = ${groupId} AND m."participantId" = ANY(${[...participantIds]}::text[])) x
    WHERE m."groupId" = ${groupId} AND m."participantId" = x."participantId" AND m."awaitsKeys" <> x."awaits"`;
}

// What becomes of an attempt at a masked round when it is given up, and of what was sealed in it once it is over. What was sent is
// masked with keys that are never used again: no later attempt can count it, and a manifest says that it was left out.
import type { Transaction } from '../../sql/transaction.ts';

/** Returns how many contributions had been accepted. */
export async function giveUpAttempt(
  tx: Pick<Transaction, '$executeRaw'>,
  { roundId, attempt }: { readonly roundId: string; readonly attempt: number },
): Promise<number> {
  await tx.$executeRaw`
    UPDATE "MaskedMember" p SET "leftSha256" = b."sha256", "leftStatement" = k."statement", "leftSignature" = k."signature"
    FROM "Contribution" k JOIN "Blob" b ON b."id" = k."blobId"
    WHERE p."roundId" = ${roundId} AND p."attempt" = ${attempt} AND k."roundId" = p."roundId"
      AND k."participantId" = p."participantId"`;
  const left = await tx.$executeRaw`DELETE FROM "Contribution" WHERE "roundId" = ${roundId}`;
  await tx.$executeRaw`
    UPDATE "Assignment" SET "refusedAt" = NULL, "refusedCode" = NULL, "refusedWhy" = NULL
    WHERE "roundId" = ${roundId} AND "refusedAt" IS NOT NULL`;
  await dropSealed(tx, roundId);
  return left;
}

/** Nobody needs the shares any more: what was to be revealed of them is. */
export async function dropSealed(tx: Pick<Transaction, '$executeRaw'>, roundId: string): Promise<void> {
  await tx.$executeRaw`UPDATE "MaskedMember" SET "sealed" = NULL WHERE "roundId" = ${roundId} AND "sealed" IS NOT NULL`;
}

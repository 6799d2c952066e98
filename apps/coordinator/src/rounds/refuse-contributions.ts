// What becomes of the contributions of a round that failed: each is listed as refused, with the reason, in the
// transaction that fails the round. Refusals at the door are contributions/put-contribution.ts's.
import type { Transaction } from '../sql/transaction.ts';

/** One event a contribution; returns how many. */
export async function refuseContributions(
  tx: Pick<Transaction, '$executeRaw'>,
  { groupId, roundId }: { readonly groupId: string; readonly roundId: string },
  code: 'cancelled' | 'round-failed',
  message: string,
): Promise<number> {
  return tx.$executeRaw`
    INSERT INTO "AuditEvent" ("id", "kind", "groupId", "roundId", "participantId", "detail")
    SELECT gen_random_uuid()::text, 'contribution-refused', ${groupId}, k."roundId", k."participantId",
      jsonb_build_object('code', ${code}::text, 'message', ${message}::text)
    FROM "Contribution" k WHERE k."roundId" = ${roundId}`;
}

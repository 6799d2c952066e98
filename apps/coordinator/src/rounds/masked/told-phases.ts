// How long the phases of a masked round's last attempt took, out of the trail: when it was drawn, and when it moved on.
import type { MaskingPhase } from '@colora/protocol/masking/masking';
import type { Transaction } from '../../sql/transaction.ts';

interface PhaseBegin {
  /** Of what began then. */
  readonly phase: MaskingPhase;
  readonly at: Date;
}

/** In their order; the last ends at `end`. Of a round that moved through none, nothing. */
export async function readPhaseSeconds(
  db: Pick<Transaction, '$queryRaw'>,
  roundId: string,
  end: Date,
): Promise<{ readonly phase: MaskingPhase; readonly seconds: number }[]> {
  const begins = await db.$queryRaw<PhaseBegin[]>`
    SELECT coalesce(e."detail"->>'phase', 'sharing') AS "phase", e."createdAt" AS "at" FROM "AuditEvent" e
    WHERE e."roundId" = ${roundId} AND e."kind" IN ('round-opened', 'round-retried', 'round-phase')
    ORDER BY e."createdAt", e."id"`;
  const last = begins.slice(begins.findLastIndex(({ phase }) => phase === 'sharing'));
  return last.map(({ phase, at }, index) => {
    const until = last[index + 1]?.at ?? end;
    return { phase, seconds: (until.getTime() - at.getTime()) / 1000 };
  });
}

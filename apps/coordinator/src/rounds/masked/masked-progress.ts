// How far the latest attempts of masked rounds are, in numbers, for operators.
import type { MaskingPhase, maskedProgressSchema } from '@colora/protocol/masking/masking';
import type { z } from 'zod';
import type { RoundModel } from '../../generated/prisma/models.ts';
import type { Transaction } from '../../sql/transaction.ts';

export type MaskedProgress = z.infer<typeof maskedProgressSchema>;

/** By round; one that isn't masked is not in it. */
export async function readMaskedProgress(
  { db }: { readonly db: Pick<Transaction, '$queryRaw'> },
  rounds: readonly Pick<RoundModel, 'id' | 'phase'>[],
): Promise<ReadonlyMap<string, MaskedProgress>> {
  const ids = rounds.filter(({ phase }) => phase !== null).map(({ id }) => id);
  if (ids.length === 0) return new Map();
  const rows = await db.$queryRaw<(MaskedProgress & { id: string; phase: MaskingPhase })[]>`
    SELECT r."id", s."attempt", r."phase", s."members", s."threshold", r."contributed" AS "sent",
      count(*) FILTER (WHERE p."sharesHash" IS NOT NULL)::int AS "shared",
      count(*) FILTER (WHERE p."signature" IS NOT NULL)::int AS "signed",
      count(*) FILTER (WHERE p."reveals" IS NOT NULL)::int AS "revealed"
    FROM "Round" r JOIN "MaskedRound" s ON s."roundId" = r."id" AND s."attempt" = r."attempt"
    JOIN "MaskedMember" p ON p."roundId" = s."roundId" AND p."attempt" = s."attempt"
    WHERE r."id" = ANY(${ids}::text[]) GROUP BY r."id", s."roundId", s."attempt"`;
  return new Map(rows.map(({ id, ...progress }) => [id, progress]));
}

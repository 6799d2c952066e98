// How much of its round's update each contribution became, kept beside it so that operators see whom the rule left out.
import type { Transaction } from '../../sql/transaction.ts';

export interface ContributionPart {
  readonly participantId: string;
  /** 0 where the rule left it out. */
  readonly part: number;
}

/** One statement, however many there are. */
export async function keepParts(
  tx: Transaction,
  roundId: string,
  parts: readonly ContributionPart[],
): Promise<void> {
  if (parts.length === 0) return;
  await tx.$executeRaw`
    UPDATE "Contribution" c SET "part" = x."part"
    FROM jsonb_to_recordset(${JSON.stringify(parts)}::jsonb) AS x("participantId" text, "part" float8)
    WHERE c."roundId" = ${roundId} AND c."participantId" = x."participantId"`;
}

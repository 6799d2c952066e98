// How far the live attempt of a masked round is, out of the database. What follows from it is masked-states.ts's.
import type { MaskingPhase } from '@colora/protocol/masking/masking';
import type { Transaction } from '../sql/transaction.ts';
import { graphOf } from './graphs.ts';
import { type MaskedStatus, type MaskingGraph, type Progress, statusOf } from './masked-states.ts';

interface Which {
  readonly roundId: string;
  readonly attempt: number;
  readonly phase: MaskingPhase;
}

export interface MaskedAttempt {
  readonly graph: MaskingGraph;
  readonly rosterHash: string;
  readonly needed: number;
  readonly until: Date;
  /** By their numbers. */
  readonly participantIds: readonly string[];
  readonly progress: Progress;
}

interface MemberRow {
  readonly number: number;
  readonly participantId: string;
  readonly shared: boolean;
  readonly isSharer: boolean;
  readonly sent: boolean;
  readonly isSender: boolean;
  readonly signed: boolean;
  readonly isSigner: boolean;
  readonly revealed: boolean;
}

export async function readMaskedStatus(
  db: Pick<Transaction, '$queryRaw' | 'maskedRound'>,
  which: Which,
): Promise<MaskedStatus> {
  const { graph, progress, ...of } = await readAttempt(db, which);
  return statusOf(graph, progress, of);
}

export async function readAttempt(
  db: Pick<Transaction, '$queryRaw' | 'maskedRound'>,
  { roundId, attempt, phase }: Which,
): Promise<MaskedAttempt> {
  const { rosterHash, members, needed, until } = await db.maskedRound.findUniqueOrThrow({
    where: { roundId_attempt: { roundId, attempt } },
    select: { rosterHash: true, members: true, needed: true, until: true },
  });
  const rows = await db.$queryRaw<MemberRow[]>`
    SELECT p."number", p."participantId", p."sharesHash" IS NOT NULL AS "shared", p."isSharer", k."roundId" IS NOT NULL AS "sent",
      p."isSender", p."signature" IS NOT NULL AS "signed", p."isSigner", p."reveals" IS NOT NULL AS "revealed"
    FROM "MaskedMember" p
    LEFT JOIN "Contribution" k ON k."roundId" = p."roundId" AND k."participantId" = p."participantId"
    WHERE p."roundId" = ${roundId} AND p."attempt" = ${attempt} ORDER BY p."number"`;
  const those = (did: (row: MemberRow) => boolean) => new Set(rows.filter(did).map(({ number }) => number));
  const progress = {
    phase,
    shared: those(({ shared }) => shared),
    sharers: those(({ isSharer }) => isSharer),
    sent: those(({ sent }) => sent),
    senders: those(({ isSender }) => isSender),
    signed: those(({ signed }) => signed),
    signers: those(({ isSigner }) => isSigner),
    revealed: those(({ revealed }) => revealed),
  };
  const participantIds = rows.map(({ participantId }) => participantId);
  return { graph: graphOf(rosterHash, members), rosterHash, needed, until, participantIds, progress };
}

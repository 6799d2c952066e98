// How far the live attempt of a masked round is, out of the database. What follows from it is masked-states.ts's.
import type { Graph } from '@colora/privacy/masking/graph';
import type { MaskingPhase } from '@colora/protocol/masking/masking';
import type { Transaction } from '../sql/transaction.ts';
import { keptGraph } from './graphs.ts';
import { type MaskedStatus, type Progress, statusOf } from './masked-states.ts';

interface Which {
  readonly roundId: string;
  readonly attempt: number;
  readonly phase: MaskingPhase;
}

export interface MaskedAttempt {
  readonly graph: Graph;
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
  /** Of whom; null: nothing. */
  readonly revealed: readonly number[] | null;
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
      p."isSender", p."signature" IS NOT NULL AS "signed", p."isSigner", 
      CASE WHEN p."reveals" IS NOT NULL THEN ARRAY(SELECT (x->>'of')::int FROM jsonb_array_elements(p."reveals") x) END AS "revealed"
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
    revealed: new Map(
      rows.flatMap(({ number, revealed }) =>
        revealed === null ? [] : [[number, new Set(revealed)] as const],
      ),
    ),
  };
  const participantIds = rows.map(({ participantId }) => participantId);
  return { graph: keptGraph(members, rosterHash), rosterHash, needed, until, participantIds, progress };
}

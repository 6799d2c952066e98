// How far a masked round is, told to one who is in it: what she needs for the step that is hers. Nothing of others but what every
// member has to see of them, and what they sealed to her.
import type { Context } from '../../context.ts';
import type { Call, Result } from '../../http/call.ts';
import { keptGraph } from '../../masking/graphs.ts';
import { readClock } from '../../sql/database-clock.ts';
import type { Transaction } from '../../sql/transaction.ts';
import { findMaskedRound, holdAttempt, type LiveAttempt } from './find-attempt.ts';
import { sealedAt } from './put-steps.ts';

interface MemberRow {
  readonly number: number;
  readonly isSharer: boolean;
  readonly isSender: boolean;
  readonly isSigner: boolean;
  readonly signature: string | null;
}

export async function showMasking(
  context: Context,
  { params, query, caller }: Call<'showMasking'>,
): Promise<Result<'showMasking'>> {
  const whose = await findMaskedRound(context, { params, caller });
  return await context.db.$transaction(async (tx) => {
    const live = await holdAttempt(tx, whose, null);
    const { attempt, phase, member } = live;
    const { roundId } = whose;
    const { roster, rosterHash, until, members } = await tx.maskedRound.findUniqueOrThrow({
      where: { roundId_attempt: { roundId, attempt } },
    });
    const rows: MemberRow[] = await tx.maskedMember.findMany({
      where: { roundId, attempt },
      select: { number: true, isSharer: true, isSender: true, isSigner: true, signature: true },
      orderBy: { number: 'asc' },
    });
    const neighbours = keptGraph(members, rosterHash).neighbours[member.number]!;
    const isFixed = phase !== 'sharing';
    const isSent = phase === 'signing' || phase === 'revealing';
    const numbers = (those: (row: MemberRow) => boolean) => rows.filter(those).map(({ number }) => number);
    const sent = await tx.contribution.count({ where: { roundId, participantId: whose.participantId } });
    return {
      attempt,
      phase,
      roster: rosterHash,
      rosterText: query.roster === rosterHash ? null : roster,
      secondsLeft: Math.max(0, (until.getTime() - (await readClock(tx)).getTime()) / 1000),
      sharers: isFixed ? numbers(({ isSharer }) => isSharer) : null,
      sealed: isFixed ? await sealedTo(tx, live, { neighbours, rosterHash }) : null,
      senders: isSent ? numbers(({ isSender }) => isSender) : null,
      signatures:
        phase !== 'revealing'
          ? null
          : rows.flatMap(({ number: by, isSigner, signature }) =>
              isSigner && signature !== null && neighbours.includes(by) ? [{ by, signature }] : [],
            ),
      done: {
        shared: member.sharesHash !== null,
        sent: sent > 0,
        signed: member.signature !== null,
        revealed: member.reveals !== null,
      },
    };
  });
}

/** What each of her neighbours who shared sealed to her. */
async function sealedTo(
  tx: Transaction,
  { attempt, members, member }: LiveAttempt,
  { neighbours, rosterHash }: { readonly neighbours: readonly number[]; readonly rosterHash: string },
) {
  const graph = keptGraph(members, rosterHash);
  const rows = await tx.maskedMember.findMany({
    where: { roundId: member.roundId, attempt, number: { in: [...neighbours] }, isSharer: true },
    select: { number: true, sealed: true },
    orderBy: { number: 'asc' },
  });
  return rows.flatMap(({ number: from, sealed }) =>
    sealed === null
      ? []
      : [{ from, sealed: sealedAt(sealed, graph.neighbours[from]!.indexOf(member.number)) }],
  );
}

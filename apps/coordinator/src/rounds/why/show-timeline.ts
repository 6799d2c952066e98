// `GET /v1/groups/:g/rounds/:n/timeline`: how a round went, member by member. How the times come to be known is asks/round-marks.ts's.
import type { Passage } from '@colora/protocol/why/timeline';
import { findGroup } from '../../access/find-group.ts';
import { roundKey } from '../../access/round-key.ts';
import type { Context } from '../../context.ts';
import type { AssignmentModel, RoundModel } from '../../generated/prisma/models.ts';
import type { Call, Result } from '../../http/call.ts';
import { byName } from '../../paging/order.ts';
import { readPage } from '../../paging/read-page.ts';
import { unknownRound } from '../../refusals.ts';

export async function showTimeline(
  context: Context,
  { params, query }: Call<'showTimeline'>,
): Promise<Result<'showTimeline'>> {
  const { db } = context;
  const group = await findGroup(context, params.group);
  const round = await db.round.findUnique({ where: roundKey(group, params.round) });
  if (round === null) throw unknownRound(params.group, params.round);
  const { id: roundId } = round;
  const [{ rows, ...turning }, last] = await Promise.all([
    readPage(query, {
      name: 'showTimeline',
      order: byName('participant', 'name'),
      find: ({ where, ...part }) =>
        db.assignment.findMany({
          where: { AND: [{ roundId }, where] },
          ...part,
          include: {
            participant: { select: { name: true } },
            contribution: { select: { receivedAt: true, madeFor: { select: { number: true } } } },
          },
        }),
      count: (take) => db.assignment.count({ where: { roundId }, take }),
    }),
    db.contribution.findFirst({
      where: { roundId },
      orderBy: { receivedAt: 'desc' },
      select: { receivedAt: true, participant: { select: { name: true } } },
    }),
  ]);
  const elsewhere = await readElsewhere(context, roundId, rows);
  return {
    round: round.number,
    state: round.state,
    openedAt: round.openedAt.toISOString(),
    deadlineAt: round.deadlineAt.toISOString(),
    attempt: round.attempt,
    closingAt: textOf(closingAt(round)),
    closedAt: textOf(round.committedAt ?? round.failedAt),
    last: last && { participant: last.participant.name, at: last.receivedAt.toISOString() },
    items: rows.map((row) => passageOf(row, round.number, elsewhere.get(row.participantId) ?? null)),
    ...turning,
  };
}

interface Counted {
  readonly at: Date;
  /** The round that it counts in, and the one that it was made for. */
  readonly countsIn: number;
  readonly madeFor: number;
}

/** What was made for this round by those of whom nothing else counts here, and counts in a later one: by participant. */
async function readElsewhere(
  { db }: Context,
  roundId: string,
  rows: readonly { readonly participantId: string; readonly contribution: object | null }[],
): Promise<Map<string, Omit<Counted, 'madeFor'>>> {
  const silent = rows.flatMap(({ participantId, contribution }) =>
    contribution === null ? participantId : [],
  );
  const found = await db.contribution.findMany({
    where: { madeForId: roundId, participantId: { in: silent } },
    select: { participantId: true, receivedAt: true, round: { select: { number: true } } },
  });
  return new Map(
    found.map(({ participantId, receivedAt: at, round }) => [participantId, { at, countsIn: round.number }]),
  );
}

type Row = AssignmentModel & {
  readonly participant: { readonly name: string };
  readonly contribution: { readonly receivedAt: Date; readonly madeFor: { readonly number: number } } | null;
};

function passageOf(row: Row, round: number, elsewhere: Omit<Counted, 'madeFor'> | null): Passage {
  const { refusedAt, refusedCode, refusedWhy, contribution } = row;
  const counted: Counted | null =
    contribution === null
      ? elsewhere && { ...elsewhere, madeFor: round }
      : { at: contribution.receivedAt, countsIn: round, madeFor: contribution.madeFor.number };
  return {
    participant: row.participant.name,
    drawnAt: row.assignedAt.toISOString(),
    joinedAt: textOf(row.toldAt),
    downloadAt: textOf(row.downloadAt),
    downloadedAt: textOf(row.downloadedAt),
    trainedAt: textOf(row.uploadAt),
    uploadedAt: textOf(row.uploadedAt),
    countedAt: textOf(counted?.at ?? null),
    outcome: outcomeOf(counted, refusedAt, round),
    countsIn: counted?.countsIn ?? null,
    madeFor: counted?.madeFor ?? null,
    refused:
      refusedAt === null
        ? null
        : { at: refusedAt.toISOString(), code: refusedCode ?? '', why: refusedWhy ?? '' },
  };
}

function outcomeOf(counted: Counted | null, refusedAt: Date | null, round: number): Passage['outcome'] {
  if (counted === null) return refusedAt === null ? 'missing' : 'refused';
  if (counted.countsIn !== round) return 'late';
  return counted.madeFor === round ? 'counted' : 'earlier';
}

/** The figures of a committed round tell how long closing it took. */
function closingAt({ committedAt, metrics }: RoundModel): Date | null {
  const { aggregationSeconds } = (metrics ?? {}) as { aggregationSeconds?: unknown };
  if (committedAt === null || typeof aggregationSeconds !== 'number') return null;
  return new Date(committedAt.getTime() - 1000 * aggregationSeconds);
}

const textOf = (at: Date | null) => at?.toISOString() ?? null;

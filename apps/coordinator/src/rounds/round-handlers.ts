// Rounds over REST, for operators: the list, and one with its contributions and who is missing.
import { shownFigure } from '@colora/protocol/bounds/figure-ranges';
import type { Round } from '@colora/protocol/entities';
import { findGroup } from '../access/find-group.ts';
import { roundKey } from '../access/round-key.ts';
import type { Context } from '../context.ts';
import type { RoundModel } from '../generated/prisma/models.ts';
import type { Call, Result } from '../http/call.ts';
import { unknownRound } from '../refusals.ts';

const counted = { _count: { select: { assignments: true } } } as const;

export async function listRounds(
  context: Context,
  { params, query }: Call<'listRounds'>,
): Promise<Result<'listRounds'>> {
  const where = { groupId: (await findGroup(context, params.group)).id };
  const [rows, total] = await Promise.all([
    context.db.round.findMany({
      where,
      orderBy: { number: 'desc' },
      ...pageOf(query),
      include: counted,
    }),
    context.db.round.count({ where }),
  ]);
  return { items: rows.map(roundView), total };
}

export async function showRound(
  context: Context,
  { params, query }: Call<'showRound'>,
): Promise<Result<'showRound'>> {
  const group = await findGroup(context, params.group);
  const row = await context.db.round.findUnique({
    where: roundKey(group, params.round),
    include: {
      ...counted,
      contributions: {
        include: { blob: true, participant: true, madeFor: { select: { number: true } } },
        orderBy: [{ receivedAt: 'asc' }, { participantId: 'asc' }],
        ...pageOf(query),
      },
      assignments: {
        where: { contribution: null },
        include: { participant: true },
        orderBy: { participant: { name: 'asc' } },
        ...pageOf(query),
      },
    },
  });
  if (row === null) throw unknownRound(params.group, params.round);
  return {
    ...roundView(row),
    contributionList: row.contributions.map(({ participant, madeFor, blob, ...figures }) => ({
      participant: participant.name,
      madeFor: madeFor.number,
      version: figures.version,
      staleness: figures.staleness,
      sha256: blob.sha256,
      bytes: blob.bytes,
      weight: shownFigure('weight', figures.weight),
      norm: shownFigure('norm', figures.norm),
      part: figures.part === null ? null : shownFigure('part', figures.part),
      receivedAt: figures.receivedAt.toISOString(),
    })),
    missing: row.assignments.map(({ participant }) => participant.name),
    missingTotal: Math.max(0, row._count.assignments - row.contributed),
  };
}

const pageOf = ({ limit, offset }: { limit: number; offset: number }) => ({ take: limit, skip: offset });

/** One round without its lists. */
export async function viewRound({ db }: Pick<Context, 'db'>, id: string): Promise<Round> {
  return roundView(await db.round.findUniqueOrThrow({ where: { id }, include: counted }));
}

function roundView(row: RoundModel & { _count: { assignments: number } }): Round {
  return {
    number: row.number,
    state: row.state,
    version: row.version,
    cohort: row._count.assignments,
    contributions: row.contributed,
    wanted: row.wanted,
    normLimit: row.normLimit,
    attempt: row.attempt,
    reason: row.reason,
    deadlineAt: row.deadlineAt.toISOString(),
    openedAt: row.openedAt.toISOString(),
    committedAt: row.committedAt?.toISOString() ?? null,
    metrics: { retries: row.attempt - 1, ...shownMetrics(row.metrics) },
  };
}

/** JSON has no infinite numbers: null stands for those of earlier versions. */
function shownMetrics(stored: RoundModel['metrics']): Record<string, number> {
  const figures = Object.entries((stored ?? {}) as Record<string, unknown>).flatMap(([name, value]) =>
    typeof value === 'number' ? [[name, shownFigure(name, value)] as const] : [],
  );
  return Object.fromEntries(figures);
}

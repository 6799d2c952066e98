// Rounds over REST, for operators: the list, and one with its contributions and who is missing.
import { shownFigure } from '@colora/protocol/bounds/figure-ranges';
import type { Round } from '@colora/protocol/entities';
import { findGroup } from '../access/find-group.ts';
import { roundKey } from '../access/round-key.ts';
import type { Context } from '../context.ts';
import type { RoundModel } from '../generated/prisma/models.ts';
import type { Call, Result } from '../http/call.ts';
import { readCursor, writeCursor } from '../paging/cursor.ts';
import {
  byName,
  byNumber,
  type Key,
  keysOf,
  type Order,
  orderByOf,
  rising,
  whereAfter,
} from '../paging/order.ts';
import { readPage } from '../paging/read-page.ts';
import { during } from '../paging/time-span.ts';
import { unknownRound } from '../refusals.ts';
import { type MaskedProgress, readMaskedProgress } from './masked/masked-progress.ts';

export async function listRounds(
  context: Context,
  { params, query }: Call<'listRounds'>,
): Promise<Result<'listRounds'>> {
  const { state } = query;
  const where = {
    groupId: (await findGroup(context, params.group)).id,
    ...(state === undefined ? {} : { state }),
    ...during('openedAt', query),
  };
  const { rows, ...turning } = await readPage(query, {
    name: 'listRounds',
    order: byNumber('number')[query.sort],
    find: ({ where: after, ...part }) =>
      context.db.round.findMany({ where: { AND: [where, after] }, ...part }),
    count: (take) => context.db.round.count({ where, take }),
  });
  const [cohorts, masked] = await Promise.all([
    readCohorts(context, rows),
    readMaskedProgress(context, rows),
  ]);
  return { items: rows.map((row) => roundView(row, cohorts, masked)), ...turning };
}

const asTheyCame: Order = {
  name: 'as they came',
  columns: [rising('receivedAt', 'time'), rising('participantId', 'text')],
};
const missingByName = byName('participant', 'name');
/** One cursor for both lists: the last of each that was shown. Before the first are these keys. */
const bothLists: Order = { name: 'both', columns: [...asTheyCame.columns, ...missingByName.columns] };
const beforeBoth: readonly Key[] = [new Date(0), '', ''];

export async function showRound(
  context: Context,
  { params, query }: Call<'showRound'>,
): Promise<Result<'showRound'>> {
  const group = await findGroup(context, params.group);
  const { limit, cursor } = query;
  const from = cursor === undefined ? beforeBoth : readCursor('showRound', bothLists, cursor);
  const take = limit + 1;
  const row = await context.db.round.findUnique({
    where: roundKey(group, params.round),
    include: {
      contributions: {
        include: { blob: true, participant: true, madeFor: { select: { number: true } } },
        where: whereAfter(asTheyCame, from),
        orderBy: orderByOf(asTheyCame),
        take,
      },
      assignments: {
        where: { AND: [{ contribution: null }, whereAfter(missingByName, from.slice(2))] },
        include: { participant: true },
        orderBy: orderByOf(missingByName),
        take,
      },
    },
  });
  if (row === null) throw unknownRound(params.group, params.round);
  const contributions = row.contributions.slice(0, limit);
  const missing = row.assignments.slice(0, limit);
  const isLast = Math.max(row.contributions.length, row.assignments.length) <= limit;
  const reached = [
    ...(contributions.length === 0 ? from.slice(0, 2) : keysOf(asTheyCame, contributions.at(-1)!)),
    ...(missing.length === 0 ? from.slice(2) : keysOf(missingByName, missing.at(-1)!)),
  ];
  const [cohorts, masked] = await Promise.all([
    readCohorts(context, [row]),
    readMaskedProgress(context, [row]),
  ]);
  return {
    ...roundView(row, cohorts, masked),
    contributionList: contributions.map(({ participant, madeFor, blob, ...figures }) => ({
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
    missing: missing.map(({ participant }) => participant.name),
    missingTotal: Math.max(0, (cohorts.get(row.id) ?? 0) - row.contributed),
    next: isLast ? null : writeCursor('showRound', bothLists, reached),
  };
}

/** One round without its lists. */
export async function viewRound({ db }: Pick<Context, 'db'>, id: string): Promise<Round> {
  const row = await db.round.findUniqueOrThrow({ where: { id } });
  return roundView(row, await readCohorts({ db }, [row]), await readMaskedProgress({ db }, [row]));
}

/** How many each of these rounds asked, by its id. */
async function readCohorts(
  { db }: Pick<Context, 'db'>,
  rounds: readonly Pick<RoundModel, 'id'>[],
): Promise<ReadonlyMap<string, number>> {
  const where = { roundId: { in: rounds.map(({ id }) => id) } };
  const counted = await db.assignment.groupBy({ by: 'roundId', where, _count: true });
  return new Map(counted.map(({ roundId, _count }) => [roundId, _count]));
}

function roundView(
  row: RoundModel,
  cohorts: ReadonlyMap<string, number>,
  masked: ReadonlyMap<string, MaskedProgress>,
): Round {
  return {
    number: row.number,
    state: row.state,
    version: row.version,
    cohort: cohorts.get(row.id) ?? 0,
    contributions: row.contributed,
    wanted: row.wanted,
    normLimit: row.normLimit,
    attempt: row.attempt,
    reason: row.reason,
    deadlineAt: row.deadlineAt.toISOString(),
    openedAt: row.openedAt.toISOString(),
    committedAt: row.committedAt?.toISOString() ?? null,
    metrics: { retries: row.attempt - 1, ...shownMetrics(row.metrics) },
    masking: masked.get(row.id) ?? null,
  };
}

/** JSON has no infinite numbers: null stands for those of earlier versions. */
function shownMetrics(stored: RoundModel['metrics']): Record<string, number> {
  const figures = Object.entries((stored ?? {}) as Record<string, unknown>).flatMap(([name, value]) =>
    typeof value === 'number' ? [[name, shownFigure(name, value)] as const] : [],
  );
  return Object.fromEntries(figures);
}

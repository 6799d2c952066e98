// Figures members report of themselves (accuracy on their own held-out examples, say), and their list: one a member, name and
// checkpoint, in the ranges that protocol/bounds/figure-ranges.ts declares.
import { insideRange, rangeOfFigure } from '@colora/protocol/bounds/figure-ranges';
import { mostFigures } from '@colora/protocol/entities';
import { ProblemError } from '@colora/protocol/problems';
import { assertUncovered } from '../access/assert-uncovered.ts';
import { findGroup, findGroupFor } from '../access/find-group.ts';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { MetricModel } from '../generated/prisma/models.ts';
import type { Call, Result } from '../http/call.ts';
import { ofParticipant } from '../paging/of-participant.ts';
import { byTime } from '../paging/order.ts';
import { readPage } from '../paging/read-page.ts';
import { during } from '../paging/time-span.ts';
import { participantOf } from '../refusals.ts';
import type { Transaction } from '../sql/transaction.ts';

export async function postMetrics(
  context: Context,
  { params, body, caller }: Call<'postMetrics'>,
): Promise<Result<'postMetrics'>> {
  const participantId = participantOf(caller);
  const group = await findGroupFor(context, params.group, caller);
  assertUncovered(group);
  const { id: groupId, checkpointVersion } = group;
  const { round, metrics } = body;
  if (round !== null && round > (checkpointVersion ?? 0)) {
    const latest = `${params.group} is at ${checkpointVersion ?? 'none'}`;
    throw new ProblemError(
      'unknown-checkpoint',
      `the figures are of checkpoint ${round}, and ${latest}: report them once it is there`,
    );
  }
  const names = Object.keys(metrics);
  if (names.length === 0) return { stored: 0 };
  const stored = await context.db.$transaction(async (tx) => {
    const kept = await keepMetrics(tx, { groupId, participantId, round }, metrics);
    const detail = { names: kept, ...(round === null ? {} : { version: round }) };
    if (kept > 0) await audit(tx, { kind: 'metrics-reported', by: caller, groupId, participantId, detail });
    return kept;
  });
  if (stored > 0) return { stored };
  throw new ProblemError(
    'invalid-request',
    `metrics: with these it would be more than ${mostFigures} names of one checkpoint: report fewer`,
  );
}

/** In the place of what was told before under a name; nothing where it would be too many names. One statement. */
async function keepMetrics(
  db: Pick<Transaction, '$executeRaw'>,
  { groupId, participantId, round }: Pick<MetricModel, 'groupId' | 'participantId' | 'round'>,
  metrics: Readonly<Record<string, number>>,
): Promise<number> {
  const names = Object.keys(metrics);
  return await db.$executeRaw`
    INSERT INTO "Metric" ("id", "groupId", "participantId", "round", "name", "value")
    SELECT gen_random_uuid()::text, ${groupId}, ${participantId}, ${round}::int, x."name", x."value"
    FROM unnest(${names}::text[], ${Object.values(metrics)}::float8[]) AS x("name", "value")
    WHERE ${names.length}::int + (SELECT count(*) FROM "Metric" k WHERE k."groupId" = ${groupId}
        AND k."participantId" = ${participantId} AND coalesce(k."round", -1) = coalesce(${round}::int, -1)
        AND k."name" <> ALL (${names}::text[])) <= ${mostFigures}::int
    ON CONFLICT ("groupId", "participantId", "name", (coalesce("round", -1)))
      DO UPDATE SET "value" = excluded."value", "createdAt" = excluded."createdAt"`;
}

export async function listMetrics(
  context: Context,
  { params, query }: Call<'listMetrics'>,
): Promise<Result<'listMetrics'>> {
  const { id: groupId } = await findGroup(context, params.group);
  const { name, round } = query;
  const { db } = context;
  const where = {
    groupId,
    ...(name === undefined ? {} : { name }),
    ...(round === undefined ? {} : { round }),
    ...(await ofParticipant(db, query)),
    ...during('createdAt', query),
  };
  const { rows, ...turning } = await readPage(query, {
    name: 'listMetrics',
    order: byTime[query.sort],
    find: ({ where: after, ...part }) =>
      db.metric.findMany({
        where: { AND: [where, after] },
        ...part,
        include: { participant: { select: { name: true } } },
      }),
    count: (take) => db.metric.count({ where, take }),
  });
  const items = rows.map(({ participant, round, name, value, createdAt }) => ({
    participant: participant.name,
    round,
    name,
    value: insideRange(value, rangeOfFigure(name)),
    createdAt: createdAt.toISOString(),
  }));
  return { items, ...turning };
}

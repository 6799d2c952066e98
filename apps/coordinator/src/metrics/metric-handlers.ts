// Figures members report of themselves (accuracy on their own held-out examples, say), and their list.
import { findGroup, findGroupFor } from '../access/find-group.ts';
import { participantOf } from '../access/refusals.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';

export async function postMetrics(
  context: Context,
  { params, body, caller }: Call<'postMetrics'>,
): Promise<Result<'postMetrics'>> {
  const participantId = participantOf(caller);
  const { id: groupId } = await findGroupFor(context, params.group, caller);
  const data = Object.entries(body.metrics).map(([name, value]) => ({
    groupId,
    participantId,
    round: body.round,
    name,
    value,
  }));
  const { count } = await context.db.metric.createMany({ data });
  return { stored: count };
}

export async function listMetrics(
  context: Context,
  { params, query }: Call<'listMetrics'>,
): Promise<Result<'listMetrics'>> {
  const { id: groupId } = await findGroup(context, params.group);
  const where = { groupId, ...(query.name === undefined ? {} : { name: query.name }) };
  const [rows, total] = await Promise.all([
    context.db.metric.findMany({
      where,
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: query.limit,
      skip: query.offset,
      include: { participant: { select: { name: true } } },
    }),
    context.db.metric.count({ where }),
  ]);
  const items = rows.map(({ participant, round, name, value, createdAt }) => ({
    participant: participant.name,
    round,
    name,
    value,
    createdAt: createdAt.toISOString(),
  }));
  return { items, total };
}

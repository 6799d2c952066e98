// The events of a group over REST, out of the audit trail, with names in place of ids. The trail as a chain is trail/'s.
import { routineKinds } from '@colora/protocol/audit/event-kinds';
import { findGroup } from '../access/find-group.ts';
import { roundKey } from '../access/round-key.ts';
import type { Context } from '../context.ts';
import type { AuditEventModel, TaskGroupModel } from '../generated/prisma/models.ts';
import type { Call, Result } from '../http/call.ts';
import { ofParticipant } from '../paging/of-participant.ts';
import { byTime } from '../paging/order.ts';
import { readPage } from '../paging/read-page.ts';
import { during } from '../paging/time-span.ts';
import { unknownRound } from '../refusals.ts';

export async function listEvents(
  context: Context,
  { params, query }: Call<'listEvents'>,
): Promise<Result<'listEvents'>> {
  const group = await findGroup(context, params.group);
  const groupId = group.id;
  const { kind, round } = query;
  const roundId = round === undefined ? undefined : await roundIdOf(context, group, round);
  const where = {
    groupId,
    kind: kind ?? { notIn: [...routineKinds] },
    ...(roundId === undefined ? {} : { roundId }),
    ...(await ofParticipant(context.db, query)),
    ...during('createdAt', query),
  };
  const { rows, ...turning } = await readPage(query, {
    name: 'listEvents',
    order: byTime[query.sort],
    find: ({ where: after, ...part }) =>
      context.db.auditEvent.findMany({ where: { AND: [where, after] }, ...part }),
    count: (take) => context.db.auditEvent.count({ where, take }),
  });
  const names = await readNames(context, rows);
  const items = rows.map((row) => ({
    at: row.createdAt.toISOString(),
    kind: row.kind,
    round: names.rounds.get(row.roundId ?? '') ?? null,
    participant: names.participants.get(row.participantId ?? '') ?? null,
    by: names.keys.get(row.keyId ?? '') ?? null,
    detail: row.detail as Record<string, unknown>,
  }));
  return { items, ...turning };
}

async function roundIdOf({ db }: Context, group: TaskGroupModel, number: number): Promise<string> {
  const row = await db.round.findUnique({ where: roundKey(group, number) });
  if (row === null) throw unknownRound(group.name, number);
  return row.id;
}

/** Events outlive what they speak of: a name may be gone. */
async function readNames({ db }: Context, rows: readonly AuditEventModel[]) {
  const idsOf = (field: 'roundId' | 'participantId' | 'keyId') => ({
    in: [...new Set(rows.flatMap((row) => row[field] ?? []))],
  });
  const [rounds, participants, keys] = await Promise.all([
    db.round.findMany({ where: { id: idsOf('roundId') }, select: { id: true, number: true } }),
    db.participant.findMany({ where: { id: idsOf('participantId') }, select: { id: true, name: true } }),
    db.apiKey.findMany({ where: { id: idsOf('keyId') }, select: { id: true, name: true } }),
  ]);
  return {
    rounds: new Map(rounds.map(({ id, number }) => [id, number])),
    participants: new Map(participants.map(({ id, name }) => [id, name])),
    keys: new Map(keys.map(({ id, name }) => [id, name])),
  };
}

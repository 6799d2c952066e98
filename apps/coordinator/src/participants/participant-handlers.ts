// Participants over REST: operators see who there is, where they are members and who is online.
import { findGroup } from '../access/find-group.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';
import { byName, byTime } from '../paging/order.ts';
import { readPage } from '../paging/read-page.ts';
import { unknownGroup } from '../refusals.ts';
import { nothingUsual, readAnswered } from '../sql/answered-rounds.ts';
import { readClock } from '../sql/database-clock.ts';
import { readMemberships } from './read-memberships.ts';
import { readLatestReports } from './report-handlers.ts';

const participantOrders = { name: byName('name'), ...byTime };

export async function listParticipants(
  context: Context,
  { query, caller }: Call<'listParticipants'>,
): Promise<Result<'listParticipants'>> {
  const { db } = context;
  const { groups: scope } = caller;
  const { group } = query;
  if (group !== undefined && scope?.includes(group) === false) throw unknownGroup(group);
  if (group !== undefined) await findGroup(context, group);
  const shown = group === undefined ? scope : [group];
  const now = await readClock(db);
  const seen = shown === null ? {} : { group: { name: { in: [...shown] } } };
  const here = { some: { ...seen, onlineUntil: { gt: now } } };
  const where = {
    AND: [
      shown === null ? {} : { memberships: { some: seen } },
      query.participant === undefined ? {} : { name: query.participant },
      query.online === undefined ? {} : { memberships: query.online ? here : { none: here.some } },
    ],
  };
  const { rows, ...turning } = await readPage(query, {
    name: 'listParticipants',
    order: participantOrders[query.sort],
    find: ({ where: after, ...part }) =>
      db.participant.findMany({
        where: { AND: [where, after] },
        ...part,
        include: {
          keys: { where: { revokedAt: null }, select: { id: true }, take: 1 },
        },
      }),
    count: (take) => db.participant.count({ where, take }),
  });
  const participantIds = rows.map(({ id }) => id);
  const [memberships, reports, answered] = await Promise.all([
    readMemberships(db, { participantIds, scope, shown, now }),
    readLatestReports(db, participantIds, shown),
    readAnswered(db, participantIds, shown),
  ]);
  const items = rows.map(({ id, name, createdAt, keys }) => {
    const { groups = [], online = false, lastSeenAt, missed = 0, machine = null } = memberships.get(id) ?? {};
    return {
      id,
      name,
      groups: [...groups],
      revoked: keys.length === 0,
      online,
      ...(answered.get(id) ?? { asked: 0, answered: 0, usual: nothingUsual }),
      missed,
      lastError: reports.get(id) ?? null,
      machine,
      createdAt: createdAt.toISOString(),
      lastSeenAt: lastSeenAt?.toISOString() ?? null,
    };
  });
  return { items, ...turning };
}

// Participants over REST: operators see who there is, where they are members and who is online.
import { findGroup } from '../access/find-group.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';
import { byName, byTime } from '../paging/order.ts';
import { readPage } from '../paging/read-page.ts';
import { unknownGroup } from '../refusals.ts';
import { nothingUsual, readAnswered } from '../sql/answered-rounds.ts';
import { readClock } from '../sql/database-clock.ts';
import { shownReport } from './report-handlers.ts';

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
          memberships: {
            where: scope === null ? {} : { group: { name: { in: [...scope] } } },
            include: { group: { select: { name: true } }, missed: true, report: true },
          },
          keys: { where: { revokedAt: null }, select: { id: true }, take: 1 },
        },
      }),
    count: (take) => db.participant.count({ where, take }),
  });
  const answered = await readAnswered(
    db,
    rows.map(({ id }) => id),
    shown,
  );
  const items = rows.map(({ id, name, createdAt, memberships, keys }) => {
    const seen = memberships.map(({ lastSeenAt }) => lastSeenAt.getTime());
    const lastSeenAt = seen.length === 0 ? null : new Date(Math.max(...seen));
    return {
      id,
      name,
      groups: memberships.map(({ group }) => group.name).sort(),
      revoked: keys.length === 0,
      online: memberships.some(({ onlineUntil }) => onlineUntil > now),
      ...(answered.get(id) ?? { asked: 0, answered: 0, usual: nothingUsual }),
      missed: Math.max(
        0,
        ...memberships.flatMap((one) =>
          shown === null || shown.includes(one.group.name) ? (one.missed?.missed ?? 0) : [],
        ),
      ),
      lastError: shownReport(
        memberships
          .filter(({ group }) => shown === null || shown.includes(group.name))
          .map(({ group, report }) => ({ group: group.name, report })),
      ),
      createdAt: createdAt.toISOString(),
      lastSeenAt: lastSeenAt?.toISOString() ?? null,
    };
  });
  return { items, ...turning };
}

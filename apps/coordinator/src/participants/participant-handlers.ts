// Participants over REST: operators see who there is, where they are members and who is online.
import { findGroup } from '../access/find-group.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';
import { readClock } from '../sql/database-clock.ts';

export async function listParticipants(
  context: Context,
  { query }: Call<'listParticipants'>,
): Promise<Result<'listParticipants'>> {
  const { db } = context;
  const groupId = query.group === undefined ? undefined : (await findGroup(context, query.group)).id;
  const where = groupId === undefined ? {} : { memberships: { some: { groupId } } };
  const [rows, total] = await Promise.all([
    db.participant.findMany({
      where,
      orderBy: { name: 'asc' },
      take: query.limit,
      skip: query.offset,
      include: {
        memberships: { include: { group: { select: { name: true } } } },
        keys: { where: { revokedAt: null }, select: { id: true }, take: 1 },
      },
    }),
    db.participant.count({ where }),
  ]);
  const now = await readClock(db);
  const items = rows.map(({ id, name, createdAt, memberships, keys }) => {
    const seen = memberships.map(({ lastSeenAt }) => lastSeenAt.getTime());
    const lastSeenAt = seen.length === 0 ? null : new Date(Math.max(...seen));
    return {
      id,
      name,
      groups: memberships.map(({ group }) => group.name).sort(),
      revoked: keys.length === 0,
      online: memberships.some(({ onlineUntil }) => onlineUntil > now),
      createdAt: createdAt.toISOString(),
      lastSeenAt: lastSeenAt?.toISOString() ?? null,
    };
  });
  return { items, total };
}

// Participants over REST: operators see who there is, where they are members and who is online.
import { findGroup } from '../access/find-group.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';
import { readClock } from '../sql/database-clock.ts';
import { readAnswered } from './answered-rounds.ts';

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
        memberships: { include: { group: { select: { name: true } }, missed: true } },
        keys: { where: { revokedAt: null }, select: { id: true }, take: 1 },
      },
    }),
    db.participant.count({ where }),
  ]);
  const now = await readClock(db);
  const answered = await readAnswered(
    db,
    rows.map(({ id }) => id),
    groupId,
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
      ...(answered.get(id) ?? { asked: 0, answered: 0 }),
      missed: missedOf(memberships, groupId),
      createdAt: createdAt.toISOString(),
      lastSeenAt: lastSeenAt?.toISOString() ?? null,
    };
  });
  return { items, total };
}

/** The most of all groups, or in the one. */
function missedOf(
  memberships: readonly { readonly groupId: string; readonly missed: { readonly missed: number } | null }[],
  groupId: string | undefined,
): number {
  const seen = memberships.filter((one) => groupId === undefined || one.groupId === groupId);
  return Math.max(0, ...seen.map(({ missed }) => missed?.missed ?? 0));
}

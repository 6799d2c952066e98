// Who is online: a member whose heartbeat is fresh. A poll of the assignment starts presence in a
// group; an open socket prolongs it (training may take long between polls).
import type { Context } from '../context.ts';
import type { Hints } from '../socket/hints.ts';

/** A member unheard of for so long is offline. */
export const onlineMs = 30_000;
/** A heartbeat is written at most so often, however often a member polls. */
const writeEveryMs = 5_000;

export function onlineSince(now = Date.now()): Date {
  return new Date(now - onlineMs);
}

/** Notes a heartbeat; returns true when the member came online with it. */
export async function noteHeartbeat(
  { db }: Pick<Context, 'db'>,
  member: { groupId: string; participantId: string; lastSeenAt: Date },
): Promise<boolean> {
  const age = Date.now() - member.lastSeenAt.getTime();
  if (age < writeEveryMs) return false;
  const { groupId, participantId } = member;
  await db.membership.updateMany({ where: { groupId, participantId }, data: { lastSeenAt: new Date() } });
  return age >= onlineMs;
}

/** Keeps online who is online and has a socket open. Called more often than `onlineMs`. */
export async function prolongPresence({
  db,
  hints,
}: Pick<Context, 'db'> & { hints: Pick<Hints, 'connected'> }): Promise<void> {
  const participants = [...hints.connected()];
  if (participants.length === 0) return;
  await db.membership.updateMany({
    where: { participantId: { in: participants }, lastSeenAt: { gte: onlineSince() } },
    data: { lastSeenAt: new Date() },
  });
}

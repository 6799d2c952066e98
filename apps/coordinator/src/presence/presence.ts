// Who is online: a member whose presence has not run out. A poll of the assignment starts presence in a group, for
// as long as that member was told to wait and some more; an open socket prolongs it (training may take long).
import type { Context } from '../context.ts';
import type { Hints } from '../socket/hints.ts';
import { readClock } from '../sql/database-clock.ts';
import { longestPollSeconds } from './poll-seconds.ts';

/** A member unheard of for so long is offline, at the least. */
export const onlineMs = 30_000;
/** A heartbeat is written when it prolongs presence by this much, however often a member polls. */
const writeEveryMs = 5_000;

/** Until when a member counts as online that was told to ask again in `pollSeconds`. `now` is the database's. */
export function onlineFor(now: Date, pollSeconds = 0): Date {
  return new Date(now.getTime() + Math.max(onlineMs, 2500 * pollSeconds));
}

/** Notes a heartbeat, which keeps a member online until then; returns true when the member came online with it. */
export async function noteHeartbeat(
  { db }: Pick<Context, 'db'>,
  member: { groupId: string; participantId: string; onlineUntil: Date },
  now: Date,
  onlineUntil = onlineFor(now),
): Promise<boolean> {
  if (onlineUntil.getTime() - member.onlineUntil.getTime() < writeEveryMs) return false;
  const { groupId, participantId } = member;
  await db.membership.updateMany({
    where: { groupId, participantId, endedAt: null }, // another coordinator may have revoked its key just now
    data: { lastSeenAt: now, onlineUntil },
  });
  return member.onlineUntil <= now;
}

/** It has contributed: presence that it was given for as long as its training might take is cut to the usual. */
export async function endTraining(
  { db }: Pick<Context, 'db'>,
  { groupId, participantId, onlineUntil }: { groupId: string; participantId: string; onlineUntil: Date },
  now: Date,
): Promise<void> {
  const usual = onlineFor(now, longestPollSeconds);
  if (onlineUntil <= usual) return;
  await db.membership.updateMany({ where: { groupId, participantId }, data: { onlineUntil: usual } });
}

/**
 * Keeps online who is online and has a socket open, and lets those whose socket was closed since the last call run out
 * like everybody unheard of: they may come back meanwhile. In a completed group there is nothing to come back for: who
 * closes the socket has left. Called more often than `onlineMs`. A thousand members a
 * statement, and only those whose presence runs out soon are written.
 */
export async function keepPresence({
  db,
  hints,
}: Pick<Context, 'db'> & { hints: Pick<Hints, 'connected' | 'takeDisconnected'> }): Promise<void> {
  const connected = new Set(hints.connected());
  const gone = [...hints.takeDisconnected()].filter((id) => !connected.has(id));
  if (connected.size === 0 && gone.length === 0) return;
  const now = await readClock(db);
  const soon = onlineFor(now);
  const longer = onlineFor(soon);
  for (const ids of inBatches([...connected])) {
    await db.$executeRaw`
      UPDATE "Membership" SET "lastSeenAt" = ${now}, "onlineUntil" = ${longer}
      WHERE "participantId" = ANY(${ids}::text[]) AND "onlineUntil" > ${now} AND "onlineUntil" <= ${soon}`;
  }
  for (const ids of inBatches(gone)) {
    await db.$executeRaw`
      UPDATE "Membership" SET "onlineUntil" = ${soon}
      WHERE "participantId" = ANY(${ids}::text[]) AND "onlineUntil" > ${soon}`;
    await db.$executeRaw`
      UPDATE "Membership" SET "onlineUntil" = ${now}
      FROM "TaskGroup" AS "group"
      WHERE "group"."id" = "groupId" AND "group"."state" = 'completed'
        AND "participantId" = ANY(${ids}::text[]) AND "onlineUntil" > ${now}`;
  }
}

const batch = 1000;

function* inBatches(ids: readonly string[]): Iterable<string[]> {
  for (let from = 0; from < ids.length; from += batch) yield ids.slice(from, from + batch);
}

// Ending browsers' sessions: in the database, in the memory of who is let in, and at their sockets.
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { Caller } from '../keys/key-ring.ts';
import { readClock } from '../sql/database-clock.ts';

/** Returns how many were still going on. */
export async function endSessionsWhere(
  { db, keys, hints }: Pick<Context, 'db' | 'keys' | 'hints'>,
  where: Prisma.SessionWhereInput,
  by: Caller,
): Promise<number> {
  const ended = await db.$transaction(async (tx) => {
    const now = await readClock(tx);
    const rows = await tx.session.updateManyAndReturn({
      where: { ...where, ...liveAt(now) },
      data: { endedAt: now },
      select: { id: true },
    });
    if (rows.length > 0)
      await audit(tx, {
        kind: 'sessions-ended',
        by,
        detail: { sessions: rows.map(({ id }) => id).join(', ') },
      });
    return rows;
  });
  for (const { id } of ended) {
    keys.forgetSession(id);
    hints.disconnectSession(id);
  }
  return ended.length;
}

/** Which sessions count, by themselves: their keys have to count too. */
export function liveAt(now: Date) {
  return { endedAt: null, expiresAt: { gt: now } } satisfies Prisma.SessionWhereInput;
}

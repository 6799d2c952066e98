// Sessions as they are listed and ended by whom they are of, and by admins. The one that asks is own-session.ts's.
import type { Session } from '@colora/protocol/accounts/sessions';
import { ProblemError } from '@colora/protocol/problems';
import type { Context } from '../context.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { Call, Result } from '../http/call.ts';
import type { Caller } from '../keys/key-ring.ts';
import { validAt } from '../keys/valid-keys.ts';
import { byTime } from '../paging/order.ts';
import { readPage } from '../paging/read-page.ts';
import { readClock } from '../sql/database-clock.ts';
import { endSessionsWhere, liveAt } from './end-sessions.ts';

export async function listSessions(
  { db }: Context,
  { query, caller }: Call<'listSessions'>,
): Promise<Result<'listSessions'>> {
  const now = await readClock(db);
  const where = { ...whoseOf(query.whose, caller), ...liveAt(now), key: validAt(now) };
  const { rows, ...turning } = await readPage(query, {
    name: 'listSessions',
    order: byTime[query.sort],
    find: ({ where: after, ...part }) =>
      db.session.findMany({ where: { AND: [where, after] }, include: { key: true }, ...part }),
    count: (take) => db.session.count({ where, take }),
  });
  return { items: rows.map((row) => toView(row, caller)), ...turning };
}

export async function endSessions(
  context: Context,
  { query, caller }: Call<'endSessions'>,
): Promise<Result<'endSessions'>> {
  return { ended: await endSessionsWhere(context, whoseOf(query.whose, caller), caller) };
}

/** Another one's is unknown to who is no admin. */
export async function endSession(
  context: Context,
  { params, caller }: Call<'endSession'>,
): Promise<Result<'endSession'>> {
  const where = { id: params.id, ...(isForAll(caller) ? {} : { keyId: caller.keyId }) };
  const ended = await endSessionsWhere(context, where, caller);
  if (ended === 0) throw new ProblemError('unknown-session', `no session ${params.id} goes on`);
  return { ended };
}

const isForAll = ({ role, groups }: Caller) => role === 'admin' && groups === null;

function whoseOf(whose: 'own' | 'all', caller: Caller): Prisma.SessionWhereInput {
  if (whose === 'own') return { keyId: caller.keyId };
  if (isForAll(caller)) return {};
  throw new ProblemError('wrong-role', 'sessions of others are for admins for all groups');
}

function toView(row: Prisma.SessionGetPayload<{ include: { key: true } }>, { sessionId }: Caller): Session {
  return {
    id: row.id,
    keyId: row.keyId,
    role: row.key.role,
    name: row.key.name,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    endsAt: row.endsAt.toISOString(),
    address: row.address,
    agent: row.agent,
    isOwn: row.id === sessionId,
  };
}

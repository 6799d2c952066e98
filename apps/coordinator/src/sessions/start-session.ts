// A browser's session begins: a new token each time, so that nobody signs in under one that somebody else knows.
import { randomBytes } from 'node:crypto';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import { hashSecret } from '../keys/api-keys.ts';
import type { KeyHolder } from '../keys/key-ring.ts';
import { readClock, secondsAfter } from '../sql/database-clock.ts';
import type { Transaction } from '../sql/transaction.ts';

/** Of one key at once: of more, the oldest end. */
const mostOfAKey = 50;
const mostAgentLength = 200;

interface NewSession {
  readonly holder: KeyHolder;
  readonly address: string;
  readonly agent: string | null;
  /** How it came about. */
  readonly way: 'key' | 'oidc';
  /** Of a sign-in by OpenID Connect: its hash. No second session comes of it. */
  readonly flow?: string;
}

export interface StartedSession {
  /** For the cookie. Only its hash is stored. */
  readonly token: string;
  readonly seconds: number;
}

export async function startSession(
  tx: Transaction,
  { sessionIdleHours, sessionHours }: Context['limits'],
  { holder, address, agent, way, flow }: NewSession,
): Promise<StartedSession> {
  const token = randomBytes(32).toString('base64url');
  const now = await readClock(tx);
  const seconds = sessionHours * 3600;
  const { id } = await tx.session.create({
    data: {
      keyId: holder.keyId,
      hash: hashSecret(token),
      ...{ createdAt: now, lastUsedAt: now, endsAt: secondsAfter(now, seconds) },
      expiresAt: secondsAfter(now, Math.min(sessionIdleHours, sessionHours) * 3600),
      address,
      ...(flow === undefined ? {} : { flow }),
      agent: agent?.replace(/[\p{Cc}\p{Cs}]/gu, '\ufffd').slice(0, mostAgentLength) ?? null,
    },
  });
  const oldest = await tx.session.findMany({
    where: { keyId: holder.keyId, endedAt: null },
    orderBy: { createdAt: 'desc' },
    skip: mostOfAKey,
    select: { id: true },
  });
  if (oldest.length > 0)
    await tx.session.updateMany({
      where: { id: { in: oldest.map((session) => session.id) } },
      data: { endedAt: now },
    });
  await audit(tx, { kind: 'signed-in', by: { ...holder, address }, detail: { session: id, way } });
  return { token, seconds };
}

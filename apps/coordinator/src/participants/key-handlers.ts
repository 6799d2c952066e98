// Keys over REST: create, list, revoke, and what the caller's own key is.
import { randomUUID } from 'node:crypto';
import { makeKey } from '@colora/protocol/api-key';
import type { ApiKey } from '@colora/protocol/entities';
import { ProblemError } from '@colora/protocol/problems';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { ApiKeyModel } from '../generated/prisma/models.ts';
import type { Call, Result } from '../http/call.ts';
import { hashSecret } from '../keys/api-keys.ts';
import type { Caller } from '../keys/key-ring.ts';
import { readClock } from '../sql/database-clock.ts';
import { isUniqueViolation } from '../sql/database-errors.ts';
import type { Transaction } from '../sql/transaction.ts';

export async function whoAmI({ db }: Context, { caller }: Call<'whoAmI'>): Promise<Result<'whoAmI'>> {
  const participant =
    caller.participantId === null
      ? null
      : await db.participant.findUnique({ where: { id: caller.participantId } });
  return { role: caller.role, name: caller.name, participant: participant?.name ?? null };
}

export async function createKey(
  { db }: Context,
  { body, caller }: Call<'createKey'>,
): Promise<Result<'createKey'>> {
  const key = makeKey(body.role);
  const row = await db.$transaction(async (tx) => {
    await assertFreeName(tx, body.name);
    const participantId = body.role === 'participant' ? await enrol(tx, body.name) : null;
    const created = await tx.apiKey.create({ data: { ...body, hash: hashSecret(key), participantId } });
    await audit(tx, {
      kind: 'key-created',
      keyId: caller.keyId,
      detail: { created: created.id, role: body.role },
    });
    return created;
  });
  return { ...toView(row), key };
}

/** Events say by whose key: two valid ones of one name could not be told apart. Whoever asks at once waits here. */
async function assertFreeName(tx: Transaction, name: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`key ${name}`}, 0))`;
  const other = await tx.apiKey.findFirst({ where: { name, revokedAt: null } });
  if (other === null) return;
  throw new ProblemError('name-taken', `a key of role ${other.role} is already called ${name}`);
}

export async function listKeys({ db }: Context, { query }: Call<'listKeys'>): Promise<Result<'listKeys'>> {
  const [rows, total] = await Promise.all([
    db.apiKey.findMany({ orderBy: { createdAt: 'asc' }, take: query.limit, skip: query.offset }),
    db.apiKey.count(),
  ]);
  return { items: rows.map(toView), total };
}

export async function revokeKey(
  context: Context,
  { params, query, caller }: Call<'revokeKey'>,
): Promise<Result<'revokeKey'>> {
  const { db, keys, hints } = context;
  const row = await db.apiKey.findUnique({ where: { id: params.id } });
  if (row === null) throw new ProblemError('unknown-key', `there is no key ${params.id}`);
  const { revoked, left } = await db.$transaction(async (tx) => {
    if (row.role === 'admin' && row.revokedAt === null && !query.force) await assertNotTheLast(tx, row);
    const { count } = await tx.apiKey.updateMany({
      where: { id: row.id, revokedAt: null },
      data: { revokedAt: new Date() },
    });
    if (count > 0) await audit(tx, { kind: 'key-revoked', keyId: caller.keyId, detail: { revoked: row.id } });
    return {
      revoked: await tx.apiKey.findUniqueOrThrow({ where: { id: row.id } }),
      left: row.participantId === null ? [] : await endMemberships(tx, row.participantId, caller),
    };
  });
  keys.forget(row.id);
  hints.disconnectKey(row.id);
  for (const groupId of left) context.nudge(groupId);
  return toView(revoked);
}

/** Two who revoke each other's key at once wait for each other here. */
async function assertNotTheLast(tx: Transaction, { id, name }: ApiKeyModel): Promise<void> {
  const keys = await tx.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "ApiKey" WHERE "role" = 'admin' AND "revokedAt" IS NULL ORDER BY "id" FOR UPDATE`;
  if (keys.some((other) => other.id !== id)) return;
  throw new ProblemError(
    'last-admin-key',
    `${name} is the last admin key: create another first (colora keys create --role admin), or insist (--force): the next start of the coordinator then prints a new one`,
  );
}

/** Without a key it can do nothing any more: its places are free at once. Returns the groups it was in. */
async function endMemberships(tx: Transaction, participantId: string, caller: Caller): Promise<string[]> {
  if ((await tx.apiKey.count({ where: { participantId, revokedAt: null } })) > 0) return [];
  const now = await readClock(tx);
  const ended = await tx.membership.updateManyAndReturn({
    where: { participantId, endedAt: null },
    data: { endedAt: now, onlineUntil: now },
  });
  for (const { groupId } of ended)
    await audit(tx, { kind: 'member-revoked', keyId: caller.keyId, groupId, participantId });
  return ended.map(({ groupId }) => groupId);
}

/** A new participant; throws name-taken. */
export async function enrol(tx: Transaction, name: string): Promise<string> {
  const id = randomUUID();
  try {
    await tx.participant.create({ data: { id, name } });
    return id;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new ProblemError('name-taken', `a participant is already called ${name}`);
  }
}

function toView(row: ApiKeyModel): ApiKey {
  return {
    id: row.id,
    role: row.role,
    name: row.name,
    participantId: row.participantId,
    createdAt: row.createdAt.toISOString(),
    revokedAt: row.revokedAt?.toISOString() ?? null,
  };
}

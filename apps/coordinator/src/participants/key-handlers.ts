// Keys over REST: create, list, rotate, revoke, and what the caller's own key is.

import { makeKey } from '@colora/protocol/api-key';
import { ProblemError } from '@colora/protocol/problems';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { ApiKeyModel } from '../generated/prisma/models.ts';
import type { Call, Result } from '../http/call.ts';
import { hashSecret } from '../keys/api-keys.ts';
import { keyView, viewOwnKey } from '../keys/key-view.ts';
import { validAt } from '../keys/valid-keys.ts';
import { endMemberships } from '../leaving/end-memberships.ts';
import { byTime } from '../paging/order.ts';
import { readPage } from '../paging/read-page.ts';
import { unknownGroup } from '../refusals.ts';
import { readClock, secondsAfter } from '../sql/database-clock.ts';
import type { Transaction } from '../sql/transaction.ts';
import { enrol } from './enrol.ts';

/** With its own hand a holder makes no more that are good at once. */
const mostOwnKeys = 8;

export async function whoAmI({ db }: Context, { caller }: Call<'whoAmI'>): Promise<Result<'whoAmI'>> {
  return await viewOwnKey(db, caller);
}

export async function createKey(
  { db }: Context,
  { body, caller }: Call<'createKey'>,
): Promise<Result<'createKey'>> {
  const key = makeKey(body.role);
  const { role, name, groups = [], expiresInSeconds } = body;
  const row = await db.$transaction(async (tx) => {
    await assertFreeName(tx, name);
    await assertGroups(tx, groups);
    const participantId = role === 'participant' ? await enrolNamed(tx, name) : null;
    const expiresAt = await endIn(tx, expiresInSeconds);
    const created = await tx.apiKey.create({
      data: { role, name, groups, expiresAt, hash: hashSecret(key), participantId },
    });
    const detail = { created: created.id, role, ...termsOf(created) };
    await audit(tx, { kind: 'key-created', by: caller, detail });
    return created;
  });
  return { ...keyView(row), key };
}

/** Events say by whose key: two valid ones of one name could not be told apart. Whoever asks at once waits here. */
async function assertFreeName(tx: Transaction, name: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`key ${name}`}, 0))`;
  const other = await tx.apiKey.findFirst({ where: { ...validAt(await readClock(tx)), name } });
  if (other === null) return;
  throw new ProblemError('name-taken', `a key of role ${other.role} is already called ${name}`);
}

async function assertGroups(tx: Transaction, names: readonly string[]): Promise<void> {
  const there = await tx.taskGroup.findMany({ where: { name: { in: [...names] } }, select: { name: true } });
  const missing = names.find((name) => !there.some((group) => group.name === name));
  if (missing !== undefined) throw unknownGroup(missing);
}

async function endIn(tx: Transaction, seconds: number | undefined): Promise<Date | null> {
  return seconds === undefined ? null : secondsAfter(await readClock(tx), seconds);
}

/** What the audit trail says of a key: never the key. */
function termsOf({ groups, expiresAt }: Pick<ApiKeyModel, 'groups' | 'expiresAt'>) {
  return {
    ...(groups.length === 0 ? {} : { groups: groups.join(', ') }),
    ...(expiresAt === null ? {} : { expiresAt: expiresAt.toISOString() }),
  };
}

export async function listKeys({ db }: Context, { query }: Call<'listKeys'>): Promise<Result<'listKeys'>> {
  const where = query.role === undefined ? {} : { role: query.role };
  const { rows, ...turning } = await readPage(query, {
    name: 'listKeys',
    order: byTime[query.sort],
    find: ({ where: after, ...part }) => db.apiKey.findMany({ where: { AND: [where, after] }, ...part }),
    count: (take) => db.apiKey.count({ where, take }),
  });
  return { items: rows.map(keyView), ...turning };
}

/**
 * The new key is for the same holder and groups, and by the holder's own hand for no longer, nor one of many. One that has expired
 * can be followed too; one that was revoked can't.
 */
export async function rotateKey(
  { db, keys }: Context,
  { params, body, caller }: Call<'rotateKey'>,
): Promise<Result<'rotateKey'>> {
  const id = params.id === 'own' ? caller.keyId : params.id;
  const mayRotateAll = caller.role === 'admin' && caller.groups === null;
  if (id !== caller.keyId && !mayRotateAll)
    throw new ProblemError(
      'wrong-role',
      'only admins for all groups rotate keys of others; one’s own is “own”',
    );
  const { key, row } = await db.$transaction(async (tx) => {
    const [locked] = await tx.$queryRaw<
      { id: string }[]
    >`SELECT "id" FROM "ApiKey" WHERE "id" = ${id} FOR UPDATE`;
    if (locked === undefined) throw unknownKey(id);
    const { role, name, groups, participantId, ...old } = await tx.apiKey.findUniqueOrThrow({
      where: { id },
    });
    if (old.revokedAt !== null)
      throw new ProblemError('unknown-key', `the key ${id} was revoked: create another one`);
    if (old.subject !== null)
      throw new ProblemError(
        'unknown-key',
        `${name} signs in by OpenID Connect: there is no text to replace`,
      );
    const key = makeKey(role);
    const hash = hashSecret(key);
    if (!mayRotateAll) await assertFew(tx, { role, name, participantId });
    const asked = await endIn(tx, body.expiresInSeconds);
    const expiresAt = mayRotateAll ? asked : earlier(asked, old.expiresAt);
    const row = await tx.apiKey.create({ data: { role, name, groups, participantId, hash, expiresAt } });
    const until = earlier(old.expiresAt, secondsAfter(await readClock(tx), body.overlapSeconds));
    await tx.apiKey.update({ where: { id }, data: { expiresAt: until } });
    const before = { expiresAt: old.expiresAt?.toISOString() ?? null };
    const detail = { rotated: id, created: row.id, ...termsOf(row) };
    const changed = { before, after: { expiresAt: until.toISOString() } };
    await audit(tx, {
      kind: 'key-rotated',
      by: caller,
      participantId: participantId ?? undefined,
      detail,
      ...changed,
    });
    return { key, row };
  });
  keys.forget(id);
  return { ...keyView(row), key };
}

/** What counts for a key counts once more for each that is made of it. Those of one name wait for each other. */
async function assertFew(
  tx: Transaction,
  holder: Pick<ApiKeyModel, 'role' | 'name' | 'participantId'>,
): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`key ${holder.name}`}, 0))`;
  const where = { ...validAt(await readClock(tx)), ...holder };
  if ((await tx.apiKey.count({ where })) < mostOwnKeys) return;
  throw new ProblemError(
    'too-many-requests',
    `${mostOwnKeys} keys of yours admit you already: use one of them, or wait until one has ended`,
  );
}

/** Of two ends; null: never. */
function earlier<End extends Date | null>(one: Date | null, other: End): Date | End {
  return one === null || (other !== null && other < one) ? other : one;
}

const unknownKey = (id: string) => new ProblemError('unknown-key', `there is no key ${id}`);

export async function revokeKey(
  context: Context,
  { params, query, caller }: Call<'revokeKey'>,
): Promise<Result<'revokeKey'>> {
  const { db, keys, hints } = context;
  const row = await db.apiKey.findUnique({ where: { id: params.id } });
  if (row === null) throw unknownKey(params.id);
  const { readmit } = query;
  if (readmit && row.subject === null)
    throw new ProblemError('unknown-key', `nobody signs in by OpenID Connect with the key ${row.id}`);
  const { revoked, left } = await db.$transaction(async (tx) => {
    const now = await readClock(tx);
    if (row.role === 'admin' && row.revokedAt === null && !query.force) await assertNotTheLast(tx, row);
    const { count } = await tx.apiKey.updateMany({
      where: { id: row.id, revokedAt: null },
      data: { revokedAt: now },
    });
    if (count > 0) await audit(tx, { kind: 'key-revoked', by: caller, detail: { revoked: row.id } });
    if (readmit) {
      await tx.apiKey.update({ where: { id: row.id }, data: { subject: null } }); // the next sign-in makes another
      await audit(tx, { kind: 'key-changed', by: caller, detail: { changed: row.id, readmitted: true } });
    }
    const { participantId } = row;
    const hasOthers =
      participantId === null || (await tx.apiKey.count({ where: { ...validAt(now), participantId } })) > 0;
    return {
      revoked: await tx.apiKey.findUniqueOrThrow({ where: { id: row.id } }),
      left: hasOthers ? [] : await endMemberships(tx, { participantId }, 'revoked', caller),
    };
  });
  keys.forget(row.id);
  hints.disconnectKey(row.id);
  for (const { id } of left) context.nudge(id);
  return keyView(revoked);
}

/**
 * Two who revoke each other's key at once wait for each other here. Who signs in by OpenID Connect doesn't count: whether that can
 * administer is its provider's word, which may change and may be away.
 */
async function assertNotTheLast(tx: Transaction, { id, name, subject }: ApiKeyModel): Promise<void> {
  if (subject !== null) return;
  const keys = await tx.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "ApiKey" WHERE "role" = 'admin' AND "revokedAt" IS NULL AND cardinality("groups") = 0
      AND "subject" IS NULL AND ("expiresAt" IS NULL OR "expiresAt" > now()) ORDER BY "id" FOR UPDATE`;
  if (keys.some((other) => other.id !== id)) return;
  throw new ProblemError(
    'last-admin-key',
    `${name} is the last admin key: create another first (colora keys create --role admin), or insist (--force): the next start of the coordinator then prints a new one`,
  );
}

/** By the very name that the admin says; throws name-taken. */
async function enrolNamed(tx: Transaction, called: string): Promise<string> {
  const { id, name } = await enrol(tx, { name: called, isOwn: false });
  if (name === called) return id;
  throw new ProblemError('name-taken', `a participant is already called ${called}`);
}

// Who a bearer key or a browser's session belongs to. Looked up by its hash, and remembered for seconds, since every poll
// asks. A revocation here counts at once, one on another replica when the memory runs out.
import type { Role } from '@colora/protocol/accounts/roles';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Turns } from '../load/turns.ts';
import { hashSecret } from './api-keys.ts';

export interface KeyHolder {
  readonly keyId: string;
  readonly role: Role;
  readonly name: string;
  /** Set for the role participant alone. */
  readonly participantId: string | null;
  /** Names of the groups that the key is good for; null: all of them. */
  readonly groups: readonly string[] | null;
  /** Of the browser's session, where one let it in; it ends with its key. */
  readonly sessionId?: string;
}

/** Who makes a request. */
export interface Caller extends KeyHolder {
  /** It came from. */
  readonly address: string;
}

export interface KeyRing {
  /** Null for a key that is unknown, revoked or expired. */
  find(key: string): Promise<KeyHolder | null>;
  /** Null for a session that is unknown, ended or expired, and where its key is. */
  findSession(token: string): Promise<KeyHolder | null>;
  /** With its sessions. */
  forget(keyId: string): void;
  forgetSession(sessionId: string): void;
}

type Db = Pick<PrismaClient, '$queryRaw' | '$executeRaw'>;

const rememberMs = 5_000;
const rememberedKeys = 10_000;
/** A key's last use is written again after so long. */
const noteUseSeconds = 15 * 60;
/** A session's, and with it when it ends. */
const noteSessionSeconds = 60;

interface Row extends KeyHolder {
  readonly groups: readonly string[];
  /** Null for one that does not expire. */
  readonly leftMs: number | null;
  readonly isNoted: boolean;
}

/** `idleHours`: a session that is not used for so long ends. */
export function createKeyRing(db: Db, turns: Turns, { idleHours }: { readonly idleHours: number }): KeyRing {
  const remembered = new Map<string, { holder: KeyHolder; until: number }>();
  const find = async (called: string, look: () => Promise<Row | undefined>): Promise<KeyHolder | null> => {
    const known = remembered.get(called);
    if (known !== undefined && known.until > performance.now()) return known.holder;
    remembered.delete(called);
    const asked = performance.now();
    const row = await turns.take(look);
    if (row === undefined) return null;
    const { leftMs, isNoted, ...rest } = row;
    const holder = { ...rest, groups: row.groups.length === 0 ? null : row.groups };
    if (remembered.size >= rememberedKeys) remembered.clear();
    remembered.set(called, { holder, until: asked + Math.min(rememberMs, leftMs ?? rememberMs) });
    return holder;
  };
  const forgetWhere = (isGone: (holder: KeyHolder) => boolean) => {
    for (const [called, { holder }] of remembered) if (isGone(holder)) remembered.delete(called);
  };
  return {
    find(key) {
      const hash = hashSecret(key);
      return find(`key ${hash}`, () => lookForKey(db, hash));
    },
    findSession(token) {
      const hash = hashSecret(token);
      return find(`session ${hash}`, () => lookForSession(db, hash, idleHours));
    },
    forget: (keyId) => forgetWhere((holder) => holder.keyId === keyId),
    forgetSession: (sessionId) => forgetWhere((holder) => holder.sessionId === sessionId),
  };
}

/** A key that counts, by the database's clock; its use is noted now and then. */
async function lookForKey(db: Db, hash: string): Promise<Row | undefined> {
  const [row] = await db.$queryRaw<Row[]>`
    SELECT "id" AS "keyId", "role"::text, "name", "participantId", "groups",
      (extract(epoch FROM "expiresAt" - now()::timestamp(3)) * 1000)::float8 AS "leftMs",
      coalesce("lastUsedAt" > now()::timestamp(3) - ${noteUseSeconds}::float8 * INTERVAL '1 second', false) AS "isNoted"
    FROM "ApiKey" WHERE "hash" = ${hash} AND "revokedAt" IS NULL AND ("expiresAt" IS NULL OR "expiresAt" > now())`;
  if (row?.isNoted === false)
    await db.$executeRaw`UPDATE "ApiKey" SET "lastUsedAt" = now() WHERE "id" = ${row.keyId}`.catch(
      () => undefined, // a database that only reads lets in all the same
    );
  return row;
}

/** A session that counts, of a key that does; its use is noted, and its end put off, now and then. */
async function lookForSession(db: Db, hash: string, idleHours: number): Promise<Row | undefined> {
  const [row] = await db.$queryRaw<(Row & { readonly sessionId: string })[]>`
    SELECT s."id" AS "sessionId", k."id" AS "keyId", k."role"::text, k."name", k."participantId", k."groups",
      (extract(epoch FROM least(s."expiresAt", k."expiresAt") - now()::timestamp(3)) * 1000)::float8 AS "leftMs",
      s."lastUsedAt" > now()::timestamp(3) - ${noteSessionSeconds}::float8 * INTERVAL '1 second' AS "isNoted"
    FROM "Session" s JOIN "ApiKey" k ON k."id" = s."keyId"
    WHERE s."hash" = ${hash} AND s."endedAt" IS NULL AND s."expiresAt" > now()
      AND k."revokedAt" IS NULL AND (k."expiresAt" IS NULL OR k."expiresAt" > now())`;
  if (row?.isNoted === false)
    await db.$executeRaw`
      WITH "used" AS (UPDATE "Session" SET "lastUsedAt" = now(),
          "expiresAt" = least("endsAt", now()::timestamp(3) + ${idleHours}::float8 * INTERVAL '1 hour')
        WHERE "id" = ${row.sessionId} AND "endedAt" IS NULL)
      UPDATE "ApiKey" SET "lastUsedAt" = now() WHERE "id" = ${row.keyId}`.catch(() => undefined);
  return row;
}

// Who a bearer key belongs to. Looked up by its hash, and remembered for seconds, since every poll
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
}

/** Who makes a request. */
export interface Caller extends KeyHolder {
  /** It came from. */
  readonly address: string;
}

export interface KeyRing {
  /** Null for a key that is unknown, revoked or expired. */
  find(key: string): Promise<KeyHolder | null>;
  forget(keyId: string): void;
}

const rememberMs = 5_000;
const rememberedKeys = 10_000;
/** Its last use is written again after so long. */
const noteUseSeconds = 15 * 60;

interface Row extends KeyHolder {
  readonly groups: readonly string[];
  /** Null for one that does not expire. */
  readonly leftMs: number | null;
  readonly isNoted: boolean;
}

export function createKeyRing(db: Pick<PrismaClient, '$queryRaw' | '$executeRaw'>, turns: Turns): KeyRing {
  const remembered = new Map<string, { holder: KeyHolder; until: number }>();
  return {
    async find(key) {
      const hash = hashSecret(key);
      const known = remembered.get(hash);
      if (known !== undefined && known.until > performance.now()) return known.holder;
      remembered.delete(hash);
      const asked = performance.now();
      const row = await turns.take(() => look(db, hash));
      if (row === undefined) return null;
      const { keyId, role, name, participantId } = row;
      const groups = row.groups.length === 0 ? null : row.groups;
      const holder = { keyId, role, name, participantId, groups };
      if (remembered.size >= rememberedKeys) remembered.clear();
      remembered.set(hash, { holder, until: asked + Math.min(rememberMs, row.leftMs ?? rememberMs) });
      return holder;
    },
    forget(keyId) {
      for (const [hash, { holder }] of remembered) if (holder.keyId === keyId) remembered.delete(hash);
    },
  };
}

/** A key that counts, by the database's clock; its use is noted now and then. */
async function look(
  db: Pick<PrismaClient, '$queryRaw' | '$executeRaw'>,
  hash: string,
): Promise<Row | undefined> {
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

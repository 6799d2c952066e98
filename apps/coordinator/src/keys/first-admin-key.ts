// The first admin key: made when the database has none that is valid, told once by whoever starts the coordinator. Who signs in by
// OpenID Connect may be an admin too, and counts for none here: that may end at any time, by its provider.
import { makeKey } from '@colora/protocol/api-key';
import type { Logger } from 'pino';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { StartError } from '../start-error.ts';
import { hashSecret } from './api-keys.ts';

/** Of replicas that start at once on an empty database, one makes the key. */
const firstKeyLock = 72_707_370;

export interface FirstAdminKey {
  readonly adminKey?: string | undefined;
  readonly keepAdminKey?: ((key: string) => void) | undefined;
}

/**
 * Returns an admin key where there was none that is valid, to be shown once; else undefined. `keepAdminKey` has it first: where
 * that throws, none is made. `adminKey` is preset, and admitted as an admin's, now and at every start, unless it was revoked.
 */
export async function ensureAdminKey(
  db: PrismaClient,
  log: Logger,
  { adminKey: preset, keepAdminKey }: FirstAdminKey,
): Promise<string | undefined> {
  if (preset !== undefined && preset.length < 20)
    throw new StartError('the preset admin key (COLORA_ADMIN_KEY) needs at least 20 characters');
  return db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${firstKeyLock}::bigint)`;
    if (preset !== undefined && !(await admit(tx, 'preset-admin', preset)))
      log.warn('the preset admin key (COLORA_ADMIN_KEY) was revoked and admits nobody: preset another');
    const able = await tx.$queryRaw<unknown[]>`
      SELECT 1 FROM "ApiKey" WHERE "role" = 'admin' AND "revokedAt" IS NULL AND cardinality("groups") = 0
        AND "subject" IS NULL AND ("expiresAt" IS NULL OR "expiresAt" > now()) LIMIT 1`;
    if (able.length > 0) return undefined;
    const key = makeKey('admin');
    await admit(tx, 'first-admin', key);
    keepAdminKey?.(key);
    return key;
  });
}

/** False where it was revoked. */
async function admit(tx: Pick<PrismaClient, 'apiKey'>, name: string, key: string): Promise<boolean> {
  const data = { role: 'admin' as const, name, hash: hashSecret(key) };
  const { revokedAt } = await tx.apiKey.upsert({ where: { hash: data.hash }, create: data, update: {} });
  return revokedAt === null;
}

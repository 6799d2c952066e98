// The first admin key: made when the database has none, told once by whoever starts the coordinator.
import type { PrismaClient } from '../generated/prisma/client.ts';
import { StartError } from '../start-error.ts';
import { hashSecret, makeKey } from './api-keys.ts';

/** Of replicas that start at once on an empty database, one makes the key. */
const firstKeyLock = 72_707_370;

/**
 * Returns the new admin key at the first start, else undefined. With `preset` that key is admitted as
 * an admin's, now and at every start (unless it was revoked), and returned.
 */
export async function ensureAdminKey(db: PrismaClient, preset?: string): Promise<string | undefined> {
  if (preset !== undefined) {
    if (preset.length < 20) throw new StartError('the preset admin key needs at least 20 characters');
    await storeAdminKey(db, preset);
    return preset;
  }
  return db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(${firstKeyLock}::bigint)`;
    if ((await tx.apiKey.count({ where: { role: 'admin', revokedAt: null } })) > 0) return undefined;
    const key = makeKey('admin');
    await storeAdminKey(tx, key);
    return key;
  });
}

async function storeAdminKey(db: Pick<PrismaClient, 'apiKey'>, key: string): Promise<void> {
  const data = { role: 'admin' as const, name: 'first-admin', hash: hashSecret(key) };
  await db.apiKey.upsert({ where: { hash: data.hash }, create: data, update: {} });
}

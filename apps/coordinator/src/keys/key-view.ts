// Keys as they are shown. Their texts are shown once, by whoever makes one.
import type { ApiKey, OwnKey } from '@colora/protocol/accounts/keys';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { ApiKeyModel } from '../generated/prisma/models.ts';
import type { KeyHolder } from './key-ring.ts';

export function keyView(row: ApiKeyModel): ApiKey {
  return {
    id: row.id,
    role: row.role,
    name: row.name,
    participantId: row.participantId,
    createdAt: row.createdAt.toISOString(),
    revokedAt: row.revokedAt?.toISOString() ?? null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    groups: row.groups.length === 0 ? null : row.groups,
    subject: row.subject,
  };
}

/** The caller's own. A participant is told the name that it calls itself, and no other. */
export async function viewOwnKey(
  db: Pick<PrismaClient, 'apiKey'>,
  { keyId }: Pick<KeyHolder, 'keyId'>,
): Promise<OwnKey> {
  const key = await db.apiKey.findUniqueOrThrow({ where: { id: keyId }, include: { participant: true } });
  const { role, expiresAt = null, groups = null } = keyView(key);
  const participant = key.participant === null ? null : (key.participant.ownName ?? key.participant.name);
  return { role, name: participant ?? key.name, participant, expiresAt, groups };
}

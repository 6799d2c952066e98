// Which keys count: not revoked, and not over by the database's clock. For Prisma's queries; key-ring.ts has it in SQL.
import type { Prisma } from '../generated/prisma/client.ts';

export function validAt(now: Date) {
  return {
    revokedAt: null,
    OR: [{ expiresAt: null }, { expiresAt: { gt: now } }],
  } satisfies Prisma.ApiKeyWhereInput;
}

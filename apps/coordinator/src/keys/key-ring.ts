// Who a bearer key belongs to. Looked up by its hash, and remembered for seconds, since every poll
// asks. A revocation here counts at once, one on another replica when the memory runs out.
import type { Role } from '@colora/protocol/entities';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Turns } from '../load/turns.ts';
import { hashSecret } from './api-keys.ts';

export interface Caller {
  readonly keyId: string;
  readonly role: Role;
  readonly name: string;
  /** Set for the role participant alone. */
  readonly participantId: string | null;
}

export interface KeyRing {
  /** Null for a key that is unknown or revoked. */
  find(key: string): Promise<Caller | null>;
  forget(keyId: string): void;
}

const rememberMs = 5_000;
const rememberedKeys = 10_000;

export function createKeyRing(db: PrismaClient, turns: Turns): KeyRing {
  const remembered = new Map<string, { caller: Caller; until: number }>();
  return {
    async find(key) {
      const hash = hashSecret(key);
      const known = remembered.get(hash);
      if (known !== undefined && known.until > Date.now()) return known.caller;
      remembered.delete(hash);
      const row = await turns.take(() => db.apiKey.findUnique({ where: { hash } }));
      if (row === null || row.revokedAt !== null) return null;
      const caller = { keyId: row.id, role: row.role, name: row.name, participantId: row.participantId };
      if (remembered.size >= rememberedKeys) remembered.clear();
      remembered.set(hash, { caller, until: Date.now() + rememberMs });
      return caller;
    },
    forget(keyId) {
      for (const [hash, { caller }] of remembered) if (caller.keyId === keyId) remembered.delete(hash);
    },
  };
}

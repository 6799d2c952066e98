// What an API key looks like and how it is kept: `colora_<role letter>_<random>`, stored as a sha256.
// (256 random bits need no slow hash: there is nothing to guess.)

import { randomBytes } from 'node:crypto';
import type { Role } from '@colora/protocol/entities';
import { sha256Hex } from '@colora/protocol/sha256';

const letters = { admin: 'a', operator: 'o', participant: 'p' } as const satisfies Record<Role, string>;

export function makeKey(role: Role): string {
  return `colora_${letters[role]}_${randomBytes(32).toString('base64url')}`;
}

/** Also for invitations: whatever is a secret is stored like this. */
export function hashSecret(secret: string): string {
  return sha256Hex(secret);
}

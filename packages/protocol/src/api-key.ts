// What an API key looks like: `colora_<role letter>_<256 random bits>`. A newcomer makes its own and keeps it before it joins,
// so that an answer that is lost on the way costs neither its name nor its invitation. Coordinators keep hashes only.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Role } from './accounts/roles.ts';

const letters = { admin: 'a', operator: 'o', participant: 'p' } as const satisfies Record<Role, string>;

export function makeKey(role: Role): string {
  return `colora_${letters[role]}_${randomBytes(32).toString('base64url')}`;
}

export const participantKeySchema = z
  .string()
  .max(52)
  .regex(/^colora_p_[\w-]{43}$/, 'is no key of a participant: colora_p_ and 32 random bytes as base64url');

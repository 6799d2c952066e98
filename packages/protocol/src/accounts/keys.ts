// API keys as they are shown, and whose memberships ended. What a key looks like is api-key.ts.
import { z } from 'zod';
import { nameSchema } from '../bounds/bounded.ts';
import { roleSchema } from './roles.ts';

const instant = z.iso.datetime();

export const apiKeySchema = z.object({
  id: z.string(),
  role: roleSchema,
  name: nameSchema,
  participantId: z.string().nullable(),
  createdAt: instant,
  revokedAt: instant.nullable(),
  /** From then on it admits nobody. */
  expiresAt: instant.nullable().default(null),
  /** To a quarter of an hour; null for one that was never used. */
  lastUsedAt: instant.nullable().default(null),
  /** Names of the groups that it is good for; null: all of them. */
  groups: z.array(z.string()).nullable().default(null),
  /** Of somebody who signs in by OpenID Connect: issuer and subject. Nobody has the text of such a key. */
  subject: z.string().nullable().default(null),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

/** What a caller's own key is. */
export const ownKeySchema = apiKeySchema
  .pick({ role: true, expiresAt: true, groups: true })
  .extend({ name: z.string(), participant: z.string().nullable() });
export type OwnKey = z.infer<typeof ownKeySchema>;

/** A key is shown once, at its creation; only its hash is stored. */
export const createdKeySchema = apiKeySchema.extend({ key: z.string() });

/** Whose memberships ended, in which groups. */
export const endedSchema = z.object({ participant: z.string(), groups: z.array(z.string()) });

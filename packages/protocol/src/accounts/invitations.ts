// Invitations over REST: what an admin asks for, and what is listed of them. Their text stands in the answer that makes one and
// nowhere else; the link that people pass on is invitation-link.ts.
import { z } from 'zod';
import { lifetimeSchema } from './lifetimes.ts';

export const invitationRequestSchema = z.strictObject({
  /** How many newcomers it lets in. */
  uses: z.int().min(1).max(10_000).default(1),
  expiresInSeconds: lifetimeSchema.default(7 * 24 * 3600),
});

const instant = z.iso.datetime();

export const invitationSchema = z.object({
  id: z.string(),
  /** Name of the key that made it. */
  createdBy: z.string(),
  createdAt: instant,
  uses: z.int(),
  used: z.int(),
  /** Names of the participants that came by it. */
  usedBy: z.array(z.string()),
  expiresAt: instant,
  revokedAt: instant.nullable(),
});
export type Invitation = z.infer<typeof invitationSchema>;

/** `invitation`: the text, shown once. */
export const createdInvitationSchema = invitationSchema.extend({ invitation: z.string() });

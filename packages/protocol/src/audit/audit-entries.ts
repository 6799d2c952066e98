// The audit trail over REST: events as links of a chain. What a link's hash is over is audit-chain.ts.
import { z } from 'zod';
import { turning } from '../paging/page.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** `detail`, `before` and `after` are JSON as the database writes it: their very text is part of the hash. */
export const auditEntrySchema = z.object({
  seq: z.int().min(1),
  /** Of the link before; empty for the first. */
  previous: z.union([hash, z.literal('')]),
  hash,
  id: z.string(),
  at: z.iso.datetime(),
  kind: z.string(),
  /** Name of the key, of admins and operators; null for participants and the coordinator itself. */
  by: z.string().nullable(),
  role: z.string().nullable(),
  keyId: z.string().nullable(),
  address: z.string().nullable(),
  groupId: z.string().nullable(),
  roundId: z.string().nullable(),
  participantId: z.string().nullable(),
  detail: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const auditPageSchema = z.object({
  items: z.array(
    auditEntrySchema.extend({
      /** Names as they are now; no part of the hash. */
      group: z.string().nullable(),
      participant: z.string().nullable(),
    }),
  ),
  ...turning,
  /** The last link's. */
  head: z.object({ seq: z.int(), hash }).nullable(),
  /** Events that no link is of: there are none, unless somebody put them there. Null unless asked for: all are counted. */
  unchained: z.int().nullable(),
});

// Rows of the routes table about the audit trail.
import { z } from 'zod';
import { auditPageSchema } from '../audit/audit-entries.ts';
import { nameSchema, wholeInText } from '../bounds/bounded.ts';
import { page, timeSpan } from '../paging/page.ts';
import type { Route } from './route.ts';
import { admins, eventKind, flag } from './row-parts.ts';

export const auditRows = {
  listAudit: {
    method: 'GET',
    path: '/v1/audit',
    access: admins,
    summary:
      'The audit trail as a chain of hashes, newest first; with after: those behind that entry, oldest first, to be checked or kept',
    query: page.extend({
      after: wholeInText(0).optional(),
      kind: eventKind.optional(),
      group: nameSchema.optional(),
      participant: nameSchema.optional(),
      ...timeSpan,
      /** Count the events that no link is of. */
      unchained: flag,
      /** Left out: newest, and with after oldest. */
      sort: z.enum(['newest', 'oldest']).optional(),
    }),
    answer: auditPageSchema,
  },
} as const satisfies Record<string, Route>;

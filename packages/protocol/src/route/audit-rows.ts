// Rows of the routes table about the audit trail.
import { auditPageSchema } from '../audit/audit-entries.ts';
import { nameSchema, wholeInText } from '../bounds/bounded.ts';
import type { Route } from './route.ts';
import { admins, eventKind, page } from './row-parts.ts';

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
    }),
    answer: auditPageSchema,
  },
} as const satisfies Record<string, Route>;

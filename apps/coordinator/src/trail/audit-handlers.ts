// The audit trail over REST, as the chain it is. A group's events for those who run it are rounds/event-handlers.ts.
import { raw } from '@prisma/client/runtime/client'; // the generated client may not be there yet
import { findGroup } from '../access/find-group.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';

type Page = Result<'listAudit'>;
type Row = Omit<Page['items'][number], 'at'> & { readonly at: Date };

export async function listAudit(context: Context, { query }: Call<'listAudit'>): Promise<Page> {
  const { db } = context;
  const { after, kind, group, limit, offset } = query;
  const groupId = group === undefined ? null : (await findGroup(context, group)).id;
  const order = raw(after === undefined ? 'DESC' : 'ASC');
  const [rows, totals] = await Promise.all([
    db.$queryRaw<Row[]>`
      SELECT l."seq", l."previous", l."hash", e."id", e."createdAt" AS "at", e."kind", e."by", e."role", e."keyId", e."address",
        e."groupId", e."roundId", e."participantId", e."detail"::text, e."before"::text, e."after"::text,
        g."name" AS "group", p."name" AS "participant"
      FROM "AuditLink" l JOIN "AuditEvent" e ON e."id" = l."eventId"
      LEFT JOIN "TaskGroup" g ON g."id" = e."groupId" LEFT JOIN "Participant" p ON p."id" = e."participantId"
      WHERE l."seq" > ${after ?? 0}::int AND (${kind ?? null}::text IS NULL OR e."kind" = ${kind ?? null})
        AND (${groupId}::text IS NULL OR e."groupId" = ${groupId})
      ORDER BY l."seq" ${order} LIMIT ${limit}::int OFFSET ${offset}::int`,
    db.$queryRaw<{ total: number; events: number; links: number; seq: number | null; hash: string | null }[]>`
      SELECT (SELECT count(*) FROM "AuditEvent" e WHERE (${kind ?? null}::text IS NULL OR e."kind" = ${kind ?? null})
          AND (${groupId}::text IS NULL OR e."groupId" = ${groupId}))::int AS "total",
        (SELECT count(*) FROM "AuditEvent")::int AS "events", (SELECT count(*) FROM "AuditLink")::int AS "links",
        h."seq", h."hash"
      FROM (SELECT 1) one LEFT JOIN (SELECT "seq", "hash" FROM "AuditLink" ORDER BY "seq" DESC LIMIT 1) h ON TRUE`,
  ]);
  const { total = 0, events = 0, links = 0, seq = null, hash = null } = totals[0] ?? {};
  return {
    items: rows.map((row) => ({ ...row, at: row.at.toISOString() })),
    total,
    head: seq === null || hash === null ? null : { seq, hash },
    unchained: Math.max(0, events - links),
  };
}

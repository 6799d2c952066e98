// The audit trail over REST, as the chain it is. A group's events for those who run it are rounds/event-handlers.ts.
import { empty, join, raw, type Sql, sqltag } from '@prisma/client/runtime/client'; // the generated client may not be there yet
import { findGroup } from '../access/find-group.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';
import { ofParticipant } from '../paging/of-participant.ts';
import { byNumber, falling, type Key, type Order, rising } from '../paging/order.ts';
import { readPage } from '../paging/read-page.ts';

type Page = Result<'listAudit'>;
type Row = Omit<Page['items'][number], 'at'> & { readonly at: Date };

export async function listAudit(context: Context, { query }: Call<'listAudit'>): Promise<Page> {
  const { db } = context;
  const { after: behind, sort = behind === undefined ? 'newest' : 'oldest' } = query;
  const said = await conditions(context, query);
  const direction = raw(sort === 'newest' ? 'DESC' : 'ASC');
  const beyond = raw(sort === 'newest' ? '<' : '>');
  // with a filter by time, which each filter has an index for: the chain alone would be read until enough of it fits
  const isChain = said.length === 0 || behind !== undefined;
  const place = isChain ? sqltag`l."seq"` : sqltag`e."createdAt", e."id"`;
  const placeOf = (key: readonly Key[]) =>
    isChain ? sqltag`${key[0]}::int` : sqltag`${key[0]}::timestamp(3), ${key[1]}::text`;
  const ordered = isChain
    ? sqltag`l."seq" ${direction}`
    : sqltag`e."createdAt" ${direction}, e."id" ${direction}`;
  const [{ rows, ...turning }, [state]] = await Promise.all([
    readPage<Row>(query, {
      name: 'listAudit',
      order: (isChain ? byNumber('seq') : byWhen)[sort],
      find: ({ take }, after) => {
        const places = [
          ...(behind === undefined ? [] : [sqltag`l."seq" > ${behind}::int`]),
          ...(after === null ? [] : [sqltag`(${place}) ${beyond} (${placeOf(after)})`]),
        ];
        return db.$queryRaw<Row[]>`
          SELECT l."seq", l."previous", l."hash", e."id", e."createdAt" AS "at", e."kind", e."by", e."role", e."keyId",
            e."address", e."groupId", e."roundId", e."participantId", e."detail"::text, e."before"::text, e."after"::text,
            g."name" AS "group", p."name" AS "participant"
          FROM "AuditLink" l JOIN "AuditEvent" e ON e."id" = l."eventId"
          LEFT JOIN "TaskGroup" g ON g."id" = e."groupId" LEFT JOIN "Participant" p ON p."id" = e."participantId"
          ${whereAll([...places, ...said])} ORDER BY ${ordered} LIMIT ${take}::int`;
      },
      count: async (most) => {
        const [counted] = await db.$queryRaw<{ count: number }[]>`
          SELECT count(*)::int AS "count" FROM (SELECT 1 FROM "AuditEvent" e ${whereAll(said)} LIMIT ${most}::int) x`;
        return counted?.count ?? 0;
      },
    }),
    db.$queryRaw<{ seq: number; hash: string; unchained: number | null }[]>`
      SELECT l."seq", l."hash", ${query.unchained ? unchainedSql : sqltag`NULL`} AS "unchained"
      FROM (SELECT 1) one LEFT JOIN (SELECT "seq", "hash" FROM "AuditLink" ORDER BY "seq" DESC LIMIT 1) l ON TRUE`,
  ]);
  return {
    items: rows.map((row) => ({ ...row, at: row.at.toISOString() })),
    ...turning,
    head: state === undefined || state.seq === null ? null : { seq: state.seq, hash: state.hash },
    unchained: state?.unchained ?? null,
  };
}

const byWhen = {
  newest: { name: 'newest, filtered', columns: [falling('at', 'time'), falling('id', 'text')] },
  oldest: { name: 'oldest, filtered', columns: [rising('at', 'time'), rising('id', 'text')] },
} as const satisfies Record<string, Order>;

/** All events are counted for it. */
const unchainedSql = sqltag`GREATEST(0, (SELECT count(*) FROM "AuditEvent") - (SELECT count(*) FROM "AuditLink"))::int`;

/** Each is said only where it is asked for: an index is of use then. */
async function conditions(
  context: Context,
  { kind, group, participant, since, until }: Call<'listAudit'>['query'],
): Promise<Sql[]> {
  const groupId = group === undefined ? undefined : (await findGroup(context, group)).id;
  const { participantId } = await ofParticipant(context.db, { participant });
  return [
    ...(kind === undefined ? [] : [sqltag`e."kind" = ${kind}`]),
    ...(groupId === undefined ? [] : [sqltag`e."groupId" = ${groupId}`]),
    ...(participantId === undefined ? [] : [sqltag`e."participantId" = ${participantId}`]),
    ...(since === undefined ? [] : [sqltag`e."createdAt" >= ${new Date(since)}`]),
    ...(until === undefined ? [] : [sqltag`e."createdAt" < ${new Date(until)}`]),
  ];
}

const whereAll = (said: readonly Sql[]): Sql =>
  said.length === 0 ? empty : sqltag`WHERE ${join([...said], ' AND ')}`;

// A member tells how its daemon ended with an error, in codes alone; whoever runs the group reads it in lists and in why.
import { adviceFor, endingText } from '@colora/protocol/why/endings';
import type { ShownReport } from '@colora/protocol/why/error-report';
import { findGroupFor } from '../access/find-group.ts';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Call, Result } from '../http/call.ts';
import { participantOf } from '../refusals.ts';

/** A daemon that is started again and again tells the same: more often than that nothing is written. */
const leastSeconds = 10;

/** In the place of what it told before. */
export async function putErrorReport(
  context: Context,
  { params, body, caller }: Call<'putErrorReport'>,
): Promise<Result<'putErrorReport'>> {
  const participantId = participantOf(caller);
  const { id: groupId } = await findGroupFor(context, params.group, caller);
  const { exit, cause, round } = body;
  const kept = await context.db.$transaction(async (tx) => {
    const rows = await tx.$queryRaw<unknown[]>`
      INSERT INTO "MemberReport" AS x ("groupId", "participantId", "exit", "cause", "round", "toldAt")
      VALUES (${groupId}, ${participantId}, ${exit}, ${cause}, ${round}::int, now())
      ON CONFLICT ("groupId", "participantId") DO UPDATE
        SET "exit" = EXCLUDED."exit", "cause" = EXCLUDED."cause", "round" = EXCLUDED."round", "toldAt" = EXCLUDED."toldAt"
        WHERE x."toldAt" <= now() - ${leastSeconds}::float8 * INTERVAL '1 second'
      RETURNING 1 AS "kept"`;
    if (rows.length > 0) await audit(tx, { kind: 'error-reported', by: caller, groupId, participantId });
    return rows.length > 0;
  });
  if (kept) context.log.info({ taskGroupId: groupId, participantId, exit, cause, round }, 'a daemon ended');
  return { kept };
}

interface Told {
  readonly participantId: string;
  readonly group: string;
  readonly exit: string;
  readonly cause: string | null;
  readonly round: number | null;
  readonly toldAt: Date;
}

/** By participant, the latest of these groups (by name; null: all); who told none is not in it. */
export async function readLatestReports(
  db: Pick<PrismaClient, '$queryRaw'>,
  participantIds: readonly string[],
  groups: readonly string[] | null,
): Promise<Map<string, ShownReport>> {
  const rows = await db.$queryRaw<Told[]>`
    SELECT DISTINCT ON (e."participantId") e."participantId", g."name" AS "group", e."exit", e."cause", e."round", e."toldAt"
    FROM "MemberReport" e JOIN "TaskGroup" g ON g."id" = e."groupId"
    WHERE e."participantId" = ANY(${participantIds}::text[]) AND (${groups === null} OR g."name" = ANY(${groups ?? []}::text[]))
    ORDER BY e."participantId", e."toldAt" DESC`;
  return new Map(rows.map((row) => [row.participantId, shownReport(row)]));
}

function shownReport({ group, exit, cause, round, toldAt }: Told): ShownReport {
  return {
    ...{ group, exit, cause, round, at: toldAt.toISOString() },
    ...{ text: endingText({ exit, cause }), mend: adviceFor(cause) },
  };
}

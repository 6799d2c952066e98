// What a listing of participants tells of their memberships, a row a participant: a page of a hundred who are in twenty groups each
// would else be thousands of rows of several tables. Which participants are listed is participant-handlers.ts's.
import type { Machine } from '@colora/protocol/accounts/machine';
import type { PrismaClient } from '../generated/prisma/client.ts';

export interface MembershipsOf {
  /** Names, sorted; not those that it left. */
  readonly groups: readonly string[];
  /** In any of them. */
  readonly online: boolean;
  readonly lastSeenAt: Date;
  /** The most rounds in a row, of a group that is shown, that asked it in vain. */
  readonly missed: number;
  /** What it runs with, as it told in the group where it was seen last of those that are shown; null where it told nothing. */
  readonly machine: Machine | null;
}

interface Row extends MembershipsOf {
  readonly participantId: string;
}

interface Asked {
  readonly participantIds: readonly string[];
  /** Names of groups: what the caller may know of; null: all. */
  readonly scope: readonly string[] | null;
  /** Of these: what is asked about; null: all. */
  readonly shown: readonly string[] | null;
  /** The database's. */
  readonly now: Date;
}

/** By participant; who never was in a group is not in it. */
export async function readMemberships(
  db: Pick<PrismaClient, '$queryRaw'>,
  { participantIds, scope, shown, now }: Asked,
): Promise<Map<string, MembershipsOf>> {
  const rows = await db.$queryRaw<Row[]>`
    SELECT m."participantId",
      COALESCE(array_agg(g."name" ORDER BY g."name" COLLATE "C") FILTER (WHERE m."endedAt" IS NULL), '{}') AS "groups",
      bool_or(m."onlineUntil" > ${now}) AS "online", max(m."lastSeenAt") AS "lastSeenAt",
      COALESCE(max(x."missed") FILTER (WHERE ${shown === null} OR g."name" = ANY(${shown ?? []}::text[])), 0) AS "missed",
      (array_agg(jsonb_build_object('version', m."version", 'engine', m."engine", 'device', m."device") ORDER BY m."lastSeenAt" DESC)
        FILTER (WHERE m."version" IS NOT NULL AND (${shown === null} OR g."name" = ANY(${shown ?? []}::text[]))))[1] AS "machine"
    FROM "Membership" m JOIN "TaskGroup" g ON g."id" = m."groupId"
    LEFT JOIN "MissedRounds" x ON x."groupId" = m."groupId" AND x."participantId" = m."participantId"
    WHERE m."participantId" = ANY(${participantIds}::text[]) AND (${scope === null} OR g."name" = ANY(${scope ?? []}::text[]))
    GROUP BY m."participantId"`;
  return new Map(rows.map(({ participantId, ...told }) => [participantId, told]));
}

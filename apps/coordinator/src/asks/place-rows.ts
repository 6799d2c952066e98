// Where members belong and which head rows are theirs, in one query for all who ask in the same moment: when a round opens,
// and when a group is completed.
import type { Place } from '@colora/protocol/clusters/clusters';
import { mostCounted } from '@colora/protocol/clusters/few-members';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { byKey, inOrder } from '../sql/asked-rows.ts';

export interface PlaceQuestion {
  readonly groupId: string;
  readonly participantId: string;
  /** The round it is asked for: where it belonged when that one asked it. Null: where it belongs now. */
  readonly roundId: string | null;
}

interface PlaceRow extends Place {
  /** Of its question, from 1 on. */
  readonly at: number;
}

/** Undefined for who hasn't been placed. */
export async function readPlaces(
  db: Pick<PrismaClient, '$queryRaw'>,
  questions: readonly PlaceQuestion[],
): Promise<(PlaceRow | undefined)[]> {
  const rows = await db.$queryRaw<PlaceRow[]>`
    SELECT x."at"::int, c."number" AS "cluster", c."name", CASE WHEN r."members" <= ${mostCounted} THEN (
      SELECT count(*) FROM "Membership" o WHERE o."groupId" = c."groupId" AND o."cluster" = c."number"
        AND o."joinedAt" <= r."openedAt" AND (o."endedAt" IS NULL OR o."endedAt" > r."openedAt")
    ) END::int AS "members", coalesce((
      SELECT jsonb_agg(jsonb_build_object('label', w."label", 'start', w."start", 'version', w."version") ORDER BY w."at")
      FROM "ClusterRow" w WHERE w."groupId" = c."groupId" AND w."cluster" = c."number" AND w."label" = ANY(b."labels")
    ), '[]') AS "rows"
    FROM unnest(${questions.map(({ groupId }) => groupId)}::text[],
      ${questions.map(({ participantId }) => participantId)}::text[],
      ${questions.map(({ roundId }) => roundId ?? '')}::text[])
      WITH ORDINALITY AS x("groupId", "participantId", "roundId", "at")
    ${byKey('Membership', 'm', `m."groupId" = x."groupId" AND m."participantId" = x."participantId"`)}
    ${byKey('Assignment', 'a', `a."roundId" = x."roundId" AND a."participantId" = x."participantId"`)}
    ${byKey('Round', 'r', `r."id" = x."roundId"`)}
    ${byKey('Probe', 'b', `b."groupId" = x."groupId" AND b."participantId" = x."participantId"`)}
    JOIN "Cluster" c ON c."groupId" = x."groupId" AND c."number" = coalesce(a."cluster", m."cluster")`;
  return inOrder(questions, rows);
}

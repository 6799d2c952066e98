// All that a contribution's arrival asks of the database, in one query for all that arrive in the same moment. What it
// means is contributions/contribution-entry.ts's.

import type { Rollback } from '@colora/protocol/checkpoints/rollbacks';
import type { GroupState, RoundState } from '@colora/protocol/entities';
import type { MaskingPhase } from '@colora/protocol/masking/masking';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { byKey, inOrder } from '../sql/asked-rows.ts';

export interface EntryQuestion {
  readonly groupName: string;
  /** Of the round it was made for. */
  readonly number: number;
  readonly participantId: string;
}

/** What is passed on as it was read. */
export interface EntryFacts {
  /** By the database's clock. */
  readonly now: Date;
  readonly groupId: string;
  readonly groupName: string;
  readonly groupCreatedAt: Date;
  /** The group's latest checkpoint. */
  readonly latestVersion: number;
  /** How many versions late a contribution may be and still count. */
  readonly maxStaleness: number;
  readonly onlineUntil: Date;
  readonly rollbacks: readonly Rollback[];
  /** Of the round it was made for, as the next five. */
  readonly number: number;
  readonly state: RoundState;
  readonly version: number;
  readonly normLimit: number | null;
  /** Of the file that its members downloaded: the checkpoint it was made at. */
  readonly madeAtSha256: string;
  /** What the participant calls itself, and signs as. */
  readonly calledName: string;
  /** The participant's public key; null where it told none. */
  readonly signingKey: string | null;
  readonly cohort: number;
  readonly assigned: boolean;
  /** Where the participant belonged in that round; null in groups without clusters. */
  readonly cluster: number | null;
  /** Of that round, where it is masked: its latest attempt, and whether the participant's contribution is taken in it. */
  readonly phase: MaskingPhase | null;
  readonly attempt: number;
  readonly rosterHash: string | null;
  readonly rosterMembers: number | null;
  readonly isSharer: boolean;
  /** Of the group: rows promised beside those of its checkpoints (grouping/row-plan.ts). */
  readonly clusterRows: number;
  /** The latest checkpoint: names and shapes are the same in all of a group but for rows of new clusters, at the end. */
  readonly checkpointBlobId: string;
  readonly checkpointBytes: number;
}

export interface EntryRow extends EntryFacts {
  /** Of its question, from 1 on. */
  readonly at: number;
  readonly groupState: GroupState;
  readonly settings: never;
  /** Null for who is no member. */
  readonly participantName: string | null;
  /** The round it was made for; null where there is no such round. */
  readonly roundId: string | null;
  /** The round that collects now; null where none does. */
  readonly liveId: string | null;
  readonly liveNumber: number;
  readonly liveVersion: number;
  readonly liveContributed: boolean;
  /** What this participant sent for the round before, wherever it counts; null where nothing. */
  readonly sentSha256: string | null;
  readonly sentRound: number;
  readonly sentStaleness: number;
  readonly sentStatement: string | null;
  readonly sentAt: Date;
}

/** Undefined where there is no such group. */
export async function readEntries(
  db: Pick<PrismaClient, '$queryRaw'>,
  questions: readonly EntryQuestion[],
): Promise<(EntryRow | undefined)[]> {
  const rows = await db.$queryRaw<EntryRow[]>`
    WITH "asked" AS (
      SELECT * FROM unnest(${questions.map(({ groupName }) => groupName)}::text[],
        ${questions.map(({ number }) => number)}::bigint[],
        ${questions.map(({ participantId }) => participantId)}::text[])
        WITH ORDINALITY AS x("group", "number", "participantId", "at")
    ), "cohorts" AS (
      SELECT r."id", (SELECT count(*) FROM "Assignment" a WHERE a."roundId" = r."id")::int AS "cohort"
      FROM (SELECT DISTINCT "group", "number" FROM "asked") AS x
      JOIN "TaskGroup" g ON g."name" = x."group"
      ${byKey('Round', 'r', `r."groupId" = g."id" AND r."number" = x."number"`)}
    )
    SELECT x."at"::int, now() AS "now", g."id" AS "groupId", g."name" AS "groupName",
      g."createdAt" AS "groupCreatedAt", g."state"::text AS "groupState",
      g."settings", g."checkpointVersion" AS "latestVersion", p."name" AS "participantName",
      coalesce(p."ownName", p."name") AS "calledName", p."signingKey", m."onlineUntil",
      g."maxStaleness", g."rollbacks", r."id" AS "roundId", r."number", r."state"::text, r."version", r."normLimit", coalesce(h."cohort", 0) AS "cohort",
      a."roundId" IS NOT NULL AS "assigned", a."cluster", g."clusterRows",
      r."phase", r."attempt", ms."rosterHash", ms."members" AS "rosterMembers", coalesce(mm."isSharer", FALSE) AS "isSharer",
      l."id" AS "liveId", l."number" AS "liveNumber", l."version" AS "liveVersion",
      lk."roundId" IS NOT NULL AS "liveContributed",
      s."sha256" AS "sentSha256", kr."number" AS "sentRound", k."staleness" AS "sentStaleness",
      k."statement" AS "sentStatement", k."receivedAt" AS "sentAt", mb."sha256" AS "madeAtSha256",
      b."id" AS "checkpointBlobId", b."bytes" AS "checkpointBytes"
    FROM "asked" x
    JOIN "TaskGroup" g ON g."name" = x."group"
    ${byKey('Membership', 'm', `m."groupId" = g."id" AND m."participantId" = x."participantId" AND m."endedAt" IS NULL`)}
    ${byKey('Participant', 'p', `p."id" = m."participantId"`)}
    ${byKey('Round', 'r', `r."groupId" = g."id" AND r."number" = x."number"`)}
    ${byKey('Checkpoint', 'mc', `mc."groupId" = g."id" AND mc."version" = r."version"`)}
    ${byKey('Blob', 'mb', `mb."id" = COALESCE(mc."downloadBlobId", mc."blobId")`)}
    LEFT JOIN "cohorts" h ON h."id" = r."id"
    ${byKey('Assignment', 'a', `a."roundId" = r."id" AND a."participantId" = m."participantId"`)}
    ${byKey('MaskedRound', 'ms', `r."phase" IS NOT NULL AND ms."roundId" = r."id" AND ms."attempt" = r."attempt"`)}
    ${byKey('MaskedMember', 'mm', `mm."roundId" = ms."roundId" AND mm."attempt" = ms."attempt" AND mm."participantId" = m."participantId"`)}
    ${byKey('Round', 'l', `l."groupId" = g."id" AND l."state" = 'collecting'`)}
    ${byKey('Contribution', 'lk', `lk."roundId" = l."id" AND lk."participantId" = m."participantId"`)}
    ${byKey('Contribution', 'k', `k."madeForId" = r."id" AND k."participantId" = m."participantId"`)}
    ${byKey('Round', 'kr', `kr."id" = k."roundId"`)}
    ${byKey('Blob', 's', `s."id" = k."blobId"`)}
    ${byKey('Checkpoint', 'c', `c."groupId" = g."id" AND c."version" = g."checkpointVersion"`)}
    ${byKey('Blob', 'b', `b."id" = c."blobId"`)}`;
  return inOrder(questions, rows);
}

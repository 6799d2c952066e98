// All that a poll asks of the database, in one query for all that poll in the same moment. What a member is told of it is
// rounds/assignment.ts's.

import type { Rollback } from '@colora/protocol/checkpoints/rollbacks';
import { headPrefix } from '@colora/protocol/clusters/cluster-rows';
import type { GroupState } from '@colora/protocol/entities';
import type { MaskingPhase } from '@colora/protocol/masking/masking';
import type { DownloadEncoding } from '@colora/tensors/wire/wire-checkpoint';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { byKey, inOrder } from '../sql/asked-rows.ts';
import { isAwaitedInPhaseSql } from '../sql/awaited-in-phase.ts';

export interface AssignmentQuestion {
  readonly group: string;
  readonly participantId: string;
}

export interface AssignmentRow {
  /** Of its question, from 1 on. */
  at: number;
  /** By the database's clock. */
  now: Date;
  groupId: string;
  state: GroupState;
  committedRounds: number;
  settingsVersion: number;
  pausedReason: string | null;
  rollbacks: readonly Rollback[];
  onlineUntil: Date | null;
  /** Members are drawn by lot: nobody joins later. */
  sampled: boolean;
  clustered: boolean;
  version: number | null;
  encoding: DownloadEncoding;
  sha256: string;
  bytes: number;
  createdAt: Date;
  roundId: string | null;
  number: number;
  roundVersion: number;
  deadlineAt: Date;
  normLimit: number | null;
  /** Of the group, when the round opened or was last tried again. */
  members: number;
  /** Of its labels; null where all rows are sent. */
  travelling: string[] | null;
  assigned: boolean;
  /** It was told of the round before. */
  told: boolean;
  contributed: boolean;
  /** Of a group with secure aggregation: the member's unused keys. Null of others. */
  maskingKeys: number | null;
  /** Of a masked round, the attempt that the member is in. */
  attempt: number;
  /** Null of a round that isn't masked. */
  phase: MaskingPhase | null;
  /** The phase waits for something of the member. */
  awaited: boolean;
}

/** Undefined where there is no such group. */
export async function readAssignments(
  db: Pick<PrismaClient, '$queryRaw'>,
  questions: readonly AssignmentQuestion[],
): Promise<(AssignmentRow | undefined)[]> {
  const rows = await db.$queryRaw<AssignmentRow[]>`
    SELECT x."at"::int, now() AS "now", g."id" AS "groupId", g."state"::text, g."committedRounds", g."settingsVersion", g."pausedReason", g."rollbacks",
      m."onlineUntil",
      g."isSampled" AS "sampled", g."isClustered" AS "clustered",
      CASE WHEN c."downloadBlobId" IS NULL THEN 'f32' ELSE g."downloadEncoding" END AS "encoding",
      c."version", b."sha256", b."bytes", c."createdAt",
      r."id" AS "roundId", r."number", r."version" AS "roundVersion", r."deadlineAt", r."normLimit", r."members",
      CASE WHEN r."travelling" IS NOT NULL THEN ARRAY(SELECT l."label" FROM unnest(m."labels") AS l("label") WHERE jsonb_exists(
        r."travelling", ${headPrefix} || CASE WHEN g."isClustered" THEN coalesce(a."cluster", m."cluster") || '/' ELSE '' END
          || l."label")) END AS "travelling",
      CASE WHEN g."isMasked" THEN (SELECT count(*) FROM "MaskingKey" u JOIN "Participant" p ON p."id" = u."participantId"
        AND p."signingKey" = u."key" WHERE u."groupId" = g."id" AND u."participantId" = m."participantId" AND u."roundId" IS NULL)
      END::int AS "maskingKeys", r."attempt", r."phase",
      ${isAwaitedInPhaseSql} AS "awaited",
      a."roundId" IS NOT NULL AND (r."phase" IS NULL OR s."roundId" IS NOT NULL) AS "assigned", a."toldAt" IS NOT NULL AS "told", k."roundId" IS NOT NULL AS "contributed"
    FROM unnest(${questions.map(({ group }) => group)}::text[],
      ${questions.map(({ participantId }) => participantId)}::text[])
      WITH ORDINALITY AS x("group", "participantId", "at")
    JOIN "TaskGroup" g ON g."name" = x."group"
    ${byKey('Membership', 'm', `m."groupId" = g."id" AND m."participantId" = x."participantId" AND m."endedAt" IS NULL`)}
    ${byKey('Checkpoint', 'c', `c."groupId" = g."id" AND c."version" = g."checkpointVersion"`)}
    ${byKey('Blob', 'b', `b."id" = COALESCE(c."downloadBlobId", c."blobId")`)}
    ${byKey('Round', 'r', `r."groupId" = g."id" AND r."state" = 'collecting'`)}
    ${byKey('Assignment', 'a', `a."roundId" = r."id" AND a."participantId" = m."participantId"`)}
    ${byKey('MaskedMember', 's', `r."phase" IS NOT NULL AND s."roundId" = r."id" AND s."attempt" = r."attempt" AND s."participantId" = m."participantId"`)}
    ${byKey('Contribution', 'k', `k."roundId" = r."id" AND k."participantId" = m."participantId"`)}`;
  return inOrder(questions, rows);
}

// What a member should do now: the poll, and its heartbeat. One query for all that ask in the same moment; a second only
// when presence is due to be written or members join a round that is collecting.
import type { GroupState } from '@colora/protocol/entities';
import type { DownloadEncoding } from '@colora/tensors/wire/wire-checkpoint';
import { notAMember, participantOf, unknownGroup } from '../access/find-group.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';
import { pollSeconds, spreadSeconds } from '../presence/poll-seconds.ts';
import { noteHeartbeat, onlineFor } from '../presence/presence.ts';
import { byKey, inOrder } from '../sql/asked-rows.ts';

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
  onlineUntil: Date | null;
  /** Members are drawn by lot: nobody joins later. */
  sampled: boolean;
  version: number | null;
  encoding: DownloadEncoding;
  sha256: string;
  bytes: number;
  createdAt: Date;
  roundId: string | null;
  number: number;
  roundVersion: number;
  deadlineAt: Date;
  assigned: boolean;
  contributed: boolean;
}

export async function getAssignment(
  context: Context,
  { params, caller }: Call<'getAssignment'>,
): Promise<Result<'getAssignment'>> {
  const participantId = participantOf(caller);
  const row = await context.asks.assignment({ group: params.group, participantId });
  if (row === undefined) throw unknownGroup(params.group);
  const { groupId, onlineUntil, now } = row;
  if (onlineUntil === null) throw notAMember(params.group);
  const hasSocket = context.hints.connected().has(participantId);
  const members = await context.sizes.of(groupId);
  const poll = pollSeconds(hasSocket ? null : members, Math.random());
  const member = { groupId, participantId, onlineUntil };
  if (await noteHeartbeat(context, member, now, onlineFor(now, poll))) context.nudge(groupId);
  const { roundId } = row;
  const assigned =
    row.state === 'running' &&
    roundId !== null &&
    (row.assigned || (!row.sampled && (await context.asks.join({ roundId, participantId, now }))));
  // Without a socket nothing tells that it still trains: then it is taken for online until it should be done.
  if (assigned && !row.contributed && !hasSocket) await noteHeartbeat(context, member, now, row.deadlineAt);
  return {
    state: row.state,
    checkpoint:
      row.version === null
        ? null
        : {
            version: row.version,
            encoding: row.encoding,
            sha256: row.sha256,
            bytes: row.bytes,
            createdAt: row.createdAt.toISOString(),
          },
    committedRounds: row.committedRounds,
    round: assigned
      ? {
          number: row.number,
          version: row.roundVersion,
          deadlineAt: row.deadlineAt.toISOString(),
          secondsLeft: Math.max(0, (row.deadlineAt.getTime() - row.now.getTime()) / 1000),
          contributed: row.contributed,
        }
      : null,
    pollSeconds: poll,
    spreadSeconds: row.sampled ? 0 : spreadSeconds(members), // of a sample only those drawn hear the hint
  };
}

/** Undefined where there is no such group. */
export async function readAssignments(
  { db }: Pick<Context, 'db'>,
  questions: readonly AssignmentQuestion[],
): Promise<(AssignmentRow | undefined)[]> {
  const rows = await db.$queryRaw<AssignmentRow[]>`
    SELECT x."at"::int, now() AS "now", g."id" AS "groupId", g."state"::text, g."committedRounds", m."onlineUntil",
      g."settings" #> '{rounds,cohort}' IS NOT NULL AS "sampled",
      CASE WHEN c."downloadBlobId" IS NULL THEN 'f32' ELSE g."settings" #>> '{wire,download}' END AS "encoding",
      c."version", b."sha256", b."bytes", c."createdAt",
      r."id" AS "roundId", r."number", r."version" AS "roundVersion", r."deadlineAt",
      a."roundId" IS NOT NULL AS "assigned", k."roundId" IS NOT NULL AS "contributed"
    FROM unnest(${questions.map(({ group }) => group)}::text[],
      ${questions.map(({ participantId }) => participantId)}::text[])
      WITH ORDINALITY AS x("group", "participantId", "at")
    JOIN "TaskGroup" g ON g."name" = x."group"
    ${byKey('Membership', 'm', `m."groupId" = g."id" AND m."participantId" = x."participantId"`)}
    ${byKey('Checkpoint', 'c', `c."groupId" = g."id" AND c."version" = g."checkpointVersion"`)}
    ${byKey('Blob', 'b', `b."id" = COALESCE(c."downloadBlobId", c."blobId")`)}
    ${byKey('Round', 'r', `r."groupId" = g."id" AND r."state" = 'collecting'`)}
    ${byKey('Assignment', 'a', `a."roundId" = r."id" AND a."participantId" = m."participantId"`)}
    ${byKey('Contribution', 'k', `k."roundId" = r."id" AND k."participantId" = m."participantId"`)}`;
  return inOrder(questions, rows);
}

// What the coordinator knows about a participant and a round when a contribution arrives: one query.
import type { GroupState, RoundState } from '@colora/protocol/entities';
import type { Context } from '../context.ts';
import { notAMember, unknownGroup } from '../groups/find-group.ts';
import { unknownRound } from '../rounds/round-handlers.ts';

export interface Entry {
  readonly groupId: string;
  readonly groupName: string;
  readonly group: { readonly state: GroupState; readonly settings: never };
  /** The group's latest checkpoint. */
  readonly latestVersion: number;
  readonly participantId: string;
  readonly participantName: string;
  readonly roundId: string;
  readonly number: number;
  readonly state: RoundState;
  readonly version: number;
  readonly cohort: number;
  readonly assigned: boolean;
  /** sha256 of the contribution already stored, if there is one. */
  readonly sentSha256: string | null;
  /** The checkpoint contributions to this round are made at. */
  readonly checkpointBlobId: string;
  readonly checkpointBytes: number;
}

interface Row extends Omit<Entry, 'group' | 'participantId' | 'roundId' | 'participantName'> {
  readonly groupState: GroupState;
  readonly settings: never;
  readonly roundId: string | null;
  readonly participantName: string | null;
}

/** Throws unknown-group, not-a-member or unknown-round. */
export async function readEntry(
  { db }: Context,
  group: string,
  number: number,
  participantId: string,
): Promise<Entry> {
  const [row] = await db.$queryRaw<Row[]>`
    SELECT g."id" AS "groupId", g."name" AS "groupName", g."state"::text AS "groupState", g."settings",
      g."checkpointVersion" AS "latestVersion", p."name" AS "participantName",
      r."id" AS "roundId", r."number", r."state"::text, r."version",
      (SELECT count(*) FROM "Assignment" x WHERE x."roundId" = r."id")::int AS "cohort",
      a."roundId" IS NOT NULL AS "assigned", s."sha256" AS "sentSha256",
      b."id" AS "checkpointBlobId", b."bytes" AS "checkpointBytes"
    FROM "TaskGroup" g
    LEFT JOIN "Membership" m ON m."groupId" = g."id" AND m."participantId" = ${participantId}
    LEFT JOIN "Participant" p ON p."id" = m."participantId"
    LEFT JOIN "Round" r ON r."groupId" = g."id" AND r."number" = ${number}
    LEFT JOIN "Assignment" a ON a."roundId" = r."id" AND a."participantId" = m."participantId"
    LEFT JOIN "Contribution" k ON k."roundId" = r."id" AND k."participantId" = m."participantId"
    LEFT JOIN "Blob" s ON s."id" = k."blobId"
    LEFT JOIN "Checkpoint" c ON c."groupId" = g."id" AND c."version" = r."version"
    LEFT JOIN "Blob" b ON b."id" = c."blobId"
    WHERE g."name" = ${group}`;
  if (row === undefined) throw unknownGroup(group);
  const { groupState, settings, roundId, participantName, ...rest } = row;
  if (participantName === null) throw notAMember(group);
  if (roundId === null) throw unknownRound(group, number);
  return { ...rest, group: { state: groupState, settings }, participantId, participantName, roundId };
}

/** sha256 of what this participant has stored in the round by now. */
export async function readSent({ db }: Context, { roundId, participantId }: Entry): Promise<string | null> {
  const row = await db.contribution.findUnique({
    where: { roundId_participantId: { roundId, participantId } },
    include: { blob: true },
  });
  return row?.blob.sha256 ?? null;
}

// What the coordinator knows about a participant and a round when a contribution arrives: one query for all that arrive
// in the same moment.
import type { GroupState, RoundState } from '@colora/protocol/entities';
import { notAMember, unknownGroup } from '../access/find-group.ts';
import type { Context } from '../context.ts';
import { unknownRound } from '../rounds/round-handlers.ts';
import { byKey, inOrder } from '../sql/asked-rows.ts';

export interface Entry {
  /** By the database's clock. */
  readonly now: Date;
  readonly groupId: string;
  readonly groupName: string;
  readonly group: { readonly state: GroupState; readonly settings: never };
  /** The group's latest checkpoint. */
  readonly latestVersion: number;
  /** How many versions late a contribution may be and still count. */
  readonly maxStaleness: number;
  readonly participantId: string;
  readonly participantName: string;
  readonly onlineUntil: Date;
  /** The round it was made for. */
  readonly roundId: string;
  readonly number: number;
  readonly state: RoundState;
  readonly version: number;
  readonly cohort: number;
  readonly assigned: boolean;
  /** The round that collects now: the same one, or, when it comes late, a later one. */
  readonly live: LiveRound | null;
  /** What this participant sent for the round before, wherever it counts. */
  readonly sent: Sent | null;
  /** The latest checkpoint: names and shapes are the same in all of a group. */
  readonly checkpointBlobId: string;
  readonly checkpointBytes: number;
}

interface LiveRound {
  readonly id: string;
  readonly number: number;
  readonly version: number;
  /** Something of this participant counts in it. */
  readonly contributed: boolean;
}

export interface Sent {
  readonly sha256: string;
  /** The number of the round it counts in. */
  readonly round: number;
  readonly staleness: number;
}

export type EntryQuestion = Pick<Entry, 'groupName' | 'number' | 'participantId'>;

export interface EntryRow
  extends Omit<Entry, 'group' | 'participantId' | 'roundId' | 'participantName' | 'live' | 'sent'> {
  /** Of its question, from 1 on. */
  readonly at: number;
  readonly groupState: GroupState;
  readonly settings: never;
  readonly roundId: string | null;
  readonly participantName: string | null;
  readonly liveId: string | null;
  readonly liveNumber: number;
  readonly liveVersion: number;
  readonly liveContributed: boolean;
  readonly sentSha256: string | null;
  readonly sentRound: number;
  readonly sentStaleness: number;
}

/** Throws unknown-group, not-a-member or unknown-round. */
export async function findEntry({ asks }: Context, question: EntryQuestion): Promise<Entry> {
  const { groupName, number, participantId } = question;
  const row = await asks.entry({ groupName, number, participantId });
  if (row === undefined) throw unknownGroup(groupName);
  const { roundId, participantName } = row;
  if (participantName === null) throw notAMember(groupName);
  if (roundId === null) throw unknownRound(groupName, number);
  return entryOf(row, { participantId, participantName, roundId });
}

/** Undefined where there is no such group. */
export async function readEntries(
  { db }: Pick<Context, 'db'>,
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
    SELECT x."at"::int, now() AS "now", g."id" AS "groupId", g."name" AS "groupName", g."state"::text AS "groupState",
      g."settings", g."checkpointVersion" AS "latestVersion", p."name" AS "participantName", m."onlineUntil",
      coalesce((g."settings" #>> '{rounds,maxStaleness}')::int, 0) AS "maxStaleness",
      r."id" AS "roundId", r."number", r."state"::text, r."version", coalesce(h."cohort", 0) AS "cohort",
      a."roundId" IS NOT NULL AS "assigned",
      l."id" AS "liveId", l."number" AS "liveNumber", l."version" AS "liveVersion",
      lk."roundId" IS NOT NULL AS "liveContributed",
      s."sha256" AS "sentSha256", kr."number" AS "sentRound", k."staleness" AS "sentStaleness",
      b."id" AS "checkpointBlobId", b."bytes" AS "checkpointBytes"
    FROM "asked" x
    JOIN "TaskGroup" g ON g."name" = x."group"
    ${byKey('Membership', 'm', `m."groupId" = g."id" AND m."participantId" = x."participantId"`)}
    ${byKey('Participant', 'p', `p."id" = m."participantId"`)}
    ${byKey('Round', 'r', `r."groupId" = g."id" AND r."number" = x."number"`)}
    LEFT JOIN "cohorts" h ON h."id" = r."id"
    ${byKey('Assignment', 'a', `a."roundId" = r."id" AND a."participantId" = m."participantId"`)}
    ${byKey('Round', 'l', `l."groupId" = g."id" AND l."state" = 'collecting'`)}
    ${byKey('Contribution', 'lk', `lk."roundId" = l."id" AND lk."participantId" = m."participantId"`)}
    ${byKey('Contribution', 'k', `k."madeForId" = r."id" AND k."participantId" = m."participantId"`)}
    ${byKey('Round', 'kr', `kr."id" = k."roundId"`)}
    ${byKey('Blob', 's', `s."id" = k."blobId"`)}
    ${byKey('Checkpoint', 'c', `c."groupId" = g."id" AND c."version" = g."checkpointVersion"`)}
    ${byKey('Blob', 'b', `b."id" = c."blobId"`)}`;
  return inOrder(questions, rows);
}

function entryOf(
  row: EntryRow,
  known: { participantId: string; participantName: string; roundId: string },
): Entry {
  const { at: _, groupState, settings, liveId, liveNumber, liveVersion, liveContributed, ...more } = row;
  const { sentSha256, sentRound, sentStaleness, ...rest } = more;
  return {
    ...rest,
    ...known,
    group: { state: groupState, settings },
    live:
      liveId === null
        ? null
        : { id: liveId, number: liveNumber, version: liveVersion, contributed: liveContributed },
    sent: sentSha256 === null ? null : { sha256: sentSha256, round: sentRound, staleness: sentStaleness },
  };
}

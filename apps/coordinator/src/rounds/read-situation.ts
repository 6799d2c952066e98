// Reads what decides a group's next step, in one query: pollers and the keeper ask often.
import type { GroupState, RoundState } from '@colora/protocol/entities';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { Context } from '../context.ts';
import { settingsOf } from '../groups/find-group.ts';
import { onlineSince } from '../participants/presence.ts';
import type { Situation } from './round-states.ts';

export interface KnownSituation extends Situation {
  readonly groupId: string;
  readonly groupName: string;
  readonly settings: TaskSettings;
  readonly checkpointVersion: number | null;
  readonly roundId: string | null;
}

interface Row {
  name: string;
  state: GroupState;
  settings: object;
  committedRounds: number;
  checkpointVersion: number | null;
  online: number;
  roundId: string | null;
  roundState: RoundState;
  cohort: number;
  contributed: number;
  deadlineAt: Date;
  closerUntil: Date | null;
}

export async function readSituation(
  { db }: Pick<Context, 'db'>,
  groupId: string,
): Promise<KnownSituation | null> {
  const [row] = await db.$queryRaw<Row[]>`
    SELECT g."name", g."state"::text, g."settings", g."committedRounds", g."checkpointVersion",
      (SELECT count(*) FROM "Membership" m WHERE m."groupId" = g."id" AND m."lastSeenAt" >= ${onlineSince()})::int AS "online",
      r."id" AS "roundId", r."state"::text AS "roundState", r."contributed", r."deadlineAt", r."closerUntil",
      (SELECT count(*) FROM "Assignment" a WHERE a."roundId" = r."id")::int AS "cohort"
    FROM "TaskGroup" g
    LEFT JOIN "Round" r ON r."groupId" = g."id" AND r."state" IN ('open', 'collecting', 'aggregating')
    WHERE g."id" = ${groupId}`;
  if (row === undefined) return null;
  const settings = settingsOf({ settings: row.settings as never });
  const { name, state, committedRounds, checkpointVersion, online, roundId } = row;
  return {
    groupId,
    groupName: name,
    settings,
    checkpointVersion,
    roundId,
    group: { state, hasCheckpoint: checkpointVersion !== null, committedRounds },
    rules: settings.rounds,
    online,
    round:
      roundId === null
        ? null
        : {
            state: row.roundState,
            cohort: row.cohort,
            contributions: row.contributed,
            deadlineAt: row.deadlineAt,
            closerUntil: row.closerUntil,
          },
  };
}

/** Groups in which something may be due: the keeper looks at these each second. */
export async function findDueGroups({ db }: Pick<Context, 'db'>): Promise<string[]> {
  const now = new Date();
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT g."id" FROM "TaskGroup" g
    LEFT JOIN "Round" r ON r."groupId" = g."id" AND r."state" IN ('open', 'collecting', 'aggregating')
    WHERE (g."state" = 'running' OR r."state" = 'aggregating') AND (
      (r."id" IS NULL AND (SELECT count(*) FROM "Membership" m WHERE m."groupId" = g."id" AND m."lastSeenAt" >= ${onlineSince()})
        >= (g."settings" #>> '{rounds,participants}')::int)
      OR r."state" = 'open'
      OR (r."state" = 'collecting' AND (r."deadlineAt" <= ${now}
        OR r."contributed" >= (SELECT count(*) FROM "Assignment" a WHERE a."roundId" = r."id")))
      OR (r."state" = 'aggregating' AND (r."closerUntil" IS NULL OR r."closerUntil" <= ${now})))`;
  return rows.map(({ id }) => id);
}

// Reads what decides a group's next step, in one query: pollers and the keeper ask often.

import { isInLine, type Rollback } from '@colora/protocol/checkpoints/rollbacks';
import type { GroupState, RoundState } from '@colora/protocol/entities';
import type { MaskingPhase } from '@colora/protocol/masking/masking';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { fewestOf, settingsOf } from '../access/stored-settings.ts';
import type { Context } from '../context.ts';
import { readMaskedStatus } from '../masking/read-attempt.ts';
import { type BudgetState, readBudget } from '../privacy/ledger.ts';
import { isAvailableSql } from '../sql/available-members.ts';
import { readClock } from '../sql/database-clock.ts';
import { membersNeededSql } from '../sql/members-needed.ts';
import { hasNobodyLeftSql } from './due-groups.ts';
import { judge, readReports, type Verdict } from './early-stop.ts';
import type { Situation } from './round-states.ts';

export interface KnownSituation extends Situation {
  /** The group's, with as many participants and as large a quorum as a tensor needs to move. */
  readonly rules: TaskSettings['rounds'];
  /** By the database's clock: when this was read. */
  readonly now: Date;
  readonly groupId: string;
  readonly groupName: string;
  readonly settings: TaskSettings;
  /** Of the group's row: compared when a round opens by them. */
  readonly settingsVersion: number;
  /** Others wait for the live round to be over. */
  readonly hasNextSettings: boolean;
  readonly checkpointVersion: number | null;
  readonly roundId: string | null;
  readonly roundNumber: number | null;
  /** Of the live round. */
  readonly attempt: number;
  /** Of early stop, before a round opens; null where the group has no such rule. */
  readonly verdict: Verdict | null;
  /** Before a round opens; null where the group has no privacy budget. */
  readonly budget: BudgetState | null;
}

interface Row {
  name: string;
  state: GroupState;
  settings: object;
  settingsVersion: number;
  hasNextSettings: boolean;
  committedRounds: number;
  checkpointVersion: number | null;
  judgedFrom: number;
  rollbacks: readonly Rollback[];
  available: number;
  isAwaited: boolean;
  needed: number;
  roundId: string | null;
  number: number | null;
  roundState: RoundState;
  contributed: number;
  wanted: number;
  retries: number;
  deadlineAt: Date;
  closerUntil: Date | null;
  attempt: number;
  phase: MaskingPhase | null;
}

export async function readSituation(
  { db }: Pick<Context, 'db'>,
  groupId: string,
): Promise<KnownSituation | null> {
  const now = await readClock(db);
  // Members are counted only where their number decides: before a round opens, and when one is late.
  const [row] = await db.$queryRaw<Row[]>`
    SELECT g."name", g."state"::text, g."settings", g."settingsVersion",
      g."nextSettings" IS NOT NULL AS "hasNextSettings", g."committedRounds", g."checkpointVersion", g."judgedFrom",
      g."rollbacks",
      CASE WHEN r."id" IS NULL OR COALESCE(s."until", r."deadlineAt") <= ${now} THEN (
        SELECT count(*) FROM "Membership" m WHERE m."groupId" = g."id" AND ${isAvailableSql(now)}
          AND (g."isMasked" OR NOT EXISTS (
            SELECT 1 FROM "Contribution" k WHERE k."roundId" = r."id" AND k."participantId" = m."participantId"))
      ) ELSE 0 END::int AS "available",
      CASE WHEN r."id" IS NULL THEN ${membersNeededSql} ELSE LEAST(g."minMembers", r."members") END AS "needed",
      r."id" IS NULL OR NOT ${hasNobodyLeftSql(now)} AS "isAwaited",
      r."id" AS "roundId", r."number", r."state"::text AS "roundState", r."contributed", r."wanted", r."retries",
      r."deadlineAt", r."closerUntil", r."attempt", r."phase"
    FROM "TaskGroup" g
    LEFT JOIN "Round" r ON r."groupId" = g."id" AND r."state" IN ('collecting', 'aggregating')
    LEFT JOIN "MaskedRound" s ON r."phase" IS NOT NULL AND s."roundId" = r."id" AND s."attempt" = r."attempt"
    WHERE g."id" = ${groupId}`;
  if (row === undefined) return null;
  const settings = settingsOf({ settings: row.settings as never });
  const verdict = row.roundId === null ? await judgeGroup({ db }, groupId, row, settings) : null;
  const budget =
    row.roundId === null && row.state === 'running' ? await readBudget(db, groupId, settings) : null;
  const { name, state, committedRounds, checkpointVersion, available, roundId, phase } = row;
  const isMaskedNow = roundId !== null && row.roundState === 'collecting' && phase !== null;
  const masked = isMaskedNow ? await readMaskedStatus(db, { roundId, attempt: row.attempt, phase }) : null;
  return {
    now,
    groupId,
    groupName: name,
    settings,
    settingsVersion: row.settingsVersion,
    hasNextSettings: row.hasNextSettings,
    checkpointVersion,
    roundId,
    roundNumber: row.number,
    verdict,
    isStopped: verdict?.stop ?? false,
    budget,
    isSpent: budget?.isSpent ?? false,
    group: { state, hasCheckpoint: checkpointVersion !== null, committedRounds },
    rules: atLeast({ ...settings.rounds, ...fewestOf(settings) }, row.needed),
    attempt: row.attempt,
    available,
    isAwaited: row.isAwaited,
    round:
      roundId === null
        ? null
        : {
            state: row.roundState,
            contributions: row.contributed,
            wanted: row.wanted,
            retries: row.retries,
            deadlineAt: row.deadlineAt,
            closerUntil: row.closerUntil,
            masked,
          },
  };
}

/** What a tensor needs to move, a round needs: fewer would make a checkpoint like the last one. */
function atLeast(rounds: TaskSettings['rounds'], needed: number): TaskSettings['rounds'] {
  const { participants, quorum } = rounds;
  return { ...rounds, participants: Math.max(participants, needed), quorum: Math.max(quorum, needed) };
}

async function judgeGroup(
  context: Pick<Context, 'db'>,
  groupId: string,
  { state, judgedFrom, rollbacks, checkpointVersion }: Row,
  { rounds }: TaskSettings,
): Promise<Verdict | null> {
  if (state !== 'running' || rounds.earlyStop === undefined) return null;
  const latest = checkpointVersion ?? 0;
  const reports = await readReports(context, { groupId, from: judgedFrom, latest }, rounds.earlyStop.metric);
  const inLine = reports.filter(({ version }) => isInLine(rollbacks, latest, version));
  return judge(inLine, rounds.earlyStop);
}

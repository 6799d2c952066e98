// What the database knows of groups, as Prometheus' gauges: the same from every coordinator on it, so that one asks for the largest
// over them, not the sum. A few statements that no history makes longer, asked at most once in some seconds.
import { epsilonSpent, type Spending } from '@colora/privacy/accounting/spending';
import { shownFigure } from '@colora/protocol/bounds/figure-ranges';
import { Gauge, Registry } from 'prom-client';
import type { Context } from '../context.ts';
import { isAvailableSql } from '../sql/available-members.ts';
import { readClock } from '../sql/database-clock.ts';

/** Groups with figures of their own: those that run first, then the newest. The others are counted. */
const mostGroups = 100;
const keptMs = 5_000;

interface GroupRow {
  readonly name: string;
  readonly state: string;
  readonly version: number | null;
  readonly committed: number;
  readonly planned: number;
  readonly available: bigint;
  readonly away: bigint;
  readonly offline: bigint;
  readonly openSeconds: number | null;
  readonly leftSeconds: number | null;
  readonly contributed: number | null;
  readonly wanted: number | null;
  readonly normLimit: number | null;
  readonly committedAt: Date | null;
  readonly metrics: Readonly<Record<string, unknown>> | null;
  /** Of a privacy budget, and what is spent of it; null where there is none, or nothing is. */
  readonly delta: number | null;
  readonly budget: number | null;
  readonly spent: readonly Spending[] | null;
}

export interface GroupFigures {
  /** As text in Prometheus' form; empty while the database doesn't answer. */
  text(): Promise<string>;
}

export function createGroupFigures({ db, watch }: Pick<Context, 'db' | 'watch'>): GroupFigures {
  let kept: { readonly at: number; readonly text: Promise<string> } | null = null;
  return {
    async text() {
      if (!watch.isAnswering) return '';
      if (kept === null || performance.now() - kept.at > keptMs) {
        kept = { at: performance.now(), text: writeFigures(db) };
        kept.text.catch(() => {
          kept = null;
        });
      }
      try {
        return await watch.during(kept.text);
      } catch (error) {
        if (watch.note(error) || !watch.isAnswering) return '';
        throw error;
      }
    },
  };
}

async function writeFigures(db: Context['db']): Promise<string> {
  const now = await readClock(db);
  const [states, rows] = await Promise.all([
    db.taskGroup.groupBy({ by: ['state'], _count: true }),
    readGroups(db, now),
  ]);
  const registry = new Registry();
  const gauge = (name: string, help: string, labelNames: string[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const groups = gauge('colora_groups', 'Groups by state', ['state']);
  for (const { state, _count } of states) groups.set({ state }, _count);
  const total = states.reduce((sum, { _count }) => sum + _count, 0);
  gauge('colora_groups_unlisted', 'Groups beyond those that have figures of their own', []).set(
    total - rows.length,
  );
  for (const { name, help, label, read } of figures) {
    const one = gauge(name, help, label === undefined ? ['group'] : ['group', label]);
    for (const row of rows) {
      for (const [value, figure] of Object.entries(read(row)))
        if (figure !== null && figure !== undefined)
          one.set({ group: row.name, ...(label === undefined ? {} : { [label]: value }) }, Number(figure));
    }
  }
  return await registry.metrics();
}

interface Figure {
  readonly name: string;
  readonly help: string;
  /** A second label; without, `read` tells one value. */
  readonly label?: string;
  readonly read: (row: GroupRow) => Readonly<Record<string, number | bigint | null | undefined>>;
}

const figures: readonly Figure[] = [
  {
    name: 'colora_group_state',
    help: '1 for the state that a group is in',
    label: 'state',
    read: ({ state }) => ({ [state]: 1 }),
  },
  {
    name: 'colora_group_members',
    help: 'Members: available (online, and may be asked), away (online, not to be asked now), offline',
    label: 'state',
    read: ({ available, away, offline }) => ({ available, away, offline }),
  },
  {
    name: 'colora_group_rounds_committed',
    help: 'Rounds that were committed',
    read: ({ committed }) => ({ committed }),
  },
  {
    name: 'colora_group_rounds_planned',
    help: 'Rounds after which it is completed',
    read: ({ planned }) => ({ planned }),
  },
  {
    name: 'colora_group_checkpoint_version',
    help: 'Its latest checkpoint',
    read: ({ version }) => ({ version }),
  },
  {
    name: 'colora_group_committed_timestamp_seconds',
    help: 'When its last round was committed, in seconds since 1970',
    read: ({ committedAt }) => ({ at: committedAt === null ? null : committedAt.getTime() / 1000 }),
  },
  {
    name: 'colora_group_round_open_seconds',
    help: 'For how long its live round has been open',
    read: ({ openSeconds }) => ({ openSeconds }),
  },
  {
    name: 'colora_group_round_left_seconds',
    help: 'Until the deadline of its live round; below 0: past it',
    read: ({ leftSeconds }) => ({ leftSeconds }),
  },
  {
    name: 'colora_group_round_contributions',
    help: 'Contributions that its live round has',
    read: ({ contributed }) => ({ contributed }),
  },
  {
    name: 'colora_group_round_wanted',
    help: 'Contributions with which its live round is complete',
    read: ({ wanted }) => ({ wanted }),
  },
  {
    name: 'colora_group_norm_limit',
    help: 'The largest L2 norm of a contribution that its live round takes',
    read: ({ normLimit }) => ({ normLimit }),
  },
  {
    name: 'colora_group_epsilon',
    help: 'What its rounds revealed of one member who took part in all of them, and the budget of that; groups with a budget alone',
    label: 'of',
    read: ({ delta, budget, spent }) =>
      delta === null ? { spent: null, budget: null } : { spent: epsilonSpent(spent ?? [], delta), budget },
  },
  {
    name: 'colora_group_loss',
    help: 'Mean training loss of its last round’s contributions, by the steps it is of',
    label: 'steps',
    read: (row) => ({ shared: metric(row, 'sharedLoss'), personal: metric(row, 'personalLoss') }),
  },
  {
    name: 'colora_group_norm',
    help: 'L2 norms of its last round: mean of contributions, of the update that the rule made, of the step taken',
    label: 'of',
    read: (row) => ({
      contribution: metric(row, 'contributionNorm'),
      update: metric(row, 'updateNorm'),
      step: metric(row, 'stepNorm'),
    }),
  },
  {
    name: 'colora_group_round_seconds',
    help: 'How long its last round took, and its closing of that',
    label: 'of',
    read: (row) => ({ whole: metric(row, 'seconds'), closing: metric(row, 'aggregationSeconds') }),
  },
];

function metric({ metrics }: GroupRow, name: string): number | null {
  const value = metrics?.[name];
  return typeof value === 'number' ? shownFigure(name, value) : null;
}

async function readGroups(db: Context['db'], now: Date): Promise<GroupRow[]> {
  return await db.$queryRaw<GroupRow[]>`
    SELECT g."name", g."state"::text, g."checkpointVersion" AS "version", g."committedRounds" AS "committed",
      (g."settings" -> 'rounds' ->> 'count')::int AS "planned", m.*, r."contributed", r."wanted", r."normLimit",
      extract(epoch FROM ${now}::timestamp - r."openedAt")::float8 AS "openSeconds",
      extract(epoch FROM r."deadlineAt" - ${now}::timestamp)::float8 AS "leftSeconds", l."committedAt", l."metrics",
      (g."settings" #>> '{privacy,delta}')::float8 AS "delta", (g."settings" #>> '{privacy,epsilon}')::float8 AS "budget",
      (SELECT jsonb_agg(jsonb_build_object('noiseMultiplier', s."noiseMultiplier", 'rate', s."rate", 'rounds', s."rounds"))
        FROM "PrivacySpend" s WHERE s."groupId" = g."id") AS "spent"
    FROM (SELECT * FROM "TaskGroup" ORDER BY "state" = 'running' DESC, "createdAt" DESC LIMIT ${mostGroups}::int) g
    LEFT JOIN "Round" r ON r."groupId" = g."id" AND r."state" IN ('collecting', 'aggregating')
    LEFT JOIN LATERAL (SELECT c."committedAt", c."metrics" FROM "Round" c
      WHERE c."groupId" = g."id" AND c."state" = 'committed' ORDER BY c."number" DESC LIMIT 1) l ON true
    CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE ${isAvailableSql(now)}) AS "available",
      count(*) FILTER (WHERE m."onlineUntil" > ${now} AND NOT ${isAvailableSql(now)}) AS "away",
      count(*) FILTER (WHERE m."onlineUntil" <= ${now}) AS "offline"
      FROM "Membership" m WHERE m."groupId" = g."id" AND m."endedAt" IS NULL) m`;
}

// Which of a group's checkpoints retention removes, as the database has them. Those that were best on what members hold out stay,
// since a group that went astray is taken back to one; what early stop goes by is rounds/early-stop.ts's affair.
import { isInLine } from '@colora/protocol/checkpoints/rollbacks';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { rollbacksOf } from '../access/stored-settings.ts';
import type { Context } from '../context.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import { removableCheckpoints } from './removable.ts';

/** In the order in which they are asked for; what members report where they hold examples out. */
const usualMetrics = [
  { metric: 'heldOutLoss', goal: 'lower' },
  { metric: 'accuracy', goal: 'higher' },
] as const;

type Group = Pick<TaskGroupModel, 'id' | 'bestVersion' | 'checkpointVersion' | 'rollbacks'>;

/** The versions that are there and that `retention` removes, ascending. */
export async function removableOf(
  { db }: Pick<Context, 'db'>,
  group: Group,
  { retention, rounds }: Pick<TaskSettings, 'retention' | 'rounds'>,
): Promise<number[]> {
  if (retention.checkpoints === null) return [];
  const where = { groupId: group.id };
  const rows = await db.checkpoint.findMany({
    where,
    select: { version: true },
    orderBy: { version: 'asc' },
  });
  const versions = rows.map(({ version }) => version);
  const facts = {
    latest: group.checkpointVersion ?? 0,
    maxStaleness: rounds.maxStaleness,
    rollbacks: rollbacksOf(group),
  };
  // who is best is asked for only where it decides
  if (removableCheckpoints(versions, retention, { ...facts, best: [] }).length === 0) return [];
  const best = await bestCheckpoints({ db }, group, { rounds }, versions);
  return removableCheckpoints(versions, retention, { ...facts, best });
}

/**
 * Of these versions the one with the best median over members, by the metric of early stop or else by the first of the usual
 * ones that anybody reported, and the one that early stop named. None where nothing was reported.
 */
async function bestCheckpoints(
  { db }: Pick<Context, 'db'>,
  group: Group,
  { rounds }: Pick<TaskSettings, 'rounds'>,
  versions: readonly number[],
): Promise<number[]> {
  const named = group.bestVersion === null ? [] : [group.bestVersion];
  const inLine = versions.filter((version) =>
    isInLine(rollbacksOf(group), group.checkpointVersion ?? 0, version),
  );
  for (const { metric, goal } of rounds.earlyStop === undefined ? usualMetrics : [rounds.earlyStop]) {
    const medians = await db.$queryRaw<{ version: number; median: number }[]>`
      SELECT "round" AS "version", percentile_cont(0.5) WITHIN GROUP (ORDER BY "value") AS "median" FROM "Metric"
      WHERE "groupId" = ${group.id} AND "name" = ${metric} AND "round" = ANY(${inLine}::int[])
      GROUP BY "round" ORDER BY "round"`;
    if (medians.length === 0) continue;
    const sign = goal === 'higher' ? -1 : 1;
    const best = medians.reduce((one, other) => (sign * other.median < sign * one.median ? other : one));
    return [...named, best.version];
  }
  return named;
}

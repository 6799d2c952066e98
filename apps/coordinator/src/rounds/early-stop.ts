// Early stopping on what members report of each checkpoint: the mean of one metric must get better now and then
// (Prechelt 1998, "Early Stopping - But When?"). Reading the reports and judging them.
import type { RoundsSettings } from '@colora/protocol/rounds-settings';
import type { Context } from '../context.ts';

type Rule = NonNullable<RoundsSettings['earlyStop']>;

/** The mean of what was reported of a checkpoint. */
export interface Reported {
  readonly version: number;
  readonly mean: number;
}

export interface Verdict {
  readonly stop: boolean;
  /** Null while nothing was reported. */
  readonly best: Reported | null;
}

/** `reports` by version, those nobody reported of left out: they count neither for nor against. */
export function judge(reports: readonly Reported[], { goal, minDelta, patience }: Rule): Verdict {
  let best: Reported | null = null;
  let since = 0;
  for (const report of reports) {
    const gain =
      best === null ? Infinity : goal === 'higher' ? report.mean - best.mean : best.mean - report.mean;
    since = gain > minDelta ? 0 : since + 1;
    if (gain > minDelta) best = report;
  }
  return { stop: since >= patience, best };
}

/** A member that reports twice of one checkpoint is taken at its last word. */
export async function readReports(
  { db }: Pick<Context, 'db'>,
  { groupId, from, latest }: { groupId: string; from: number; latest: number },
  metric: string,
): Promise<Reported[]> {
  return db.$queryRaw<Reported[]>`
    SELECT x."round" AS "version", avg(x."value") AS "mean" FROM (
      SELECT DISTINCT ON ("round", "participantId") "round", "value" FROM "Metric"
      WHERE "groupId" = ${groupId} AND "name" = ${metric} AND "round" > ${from} AND "round" <= ${latest}
      ORDER BY "round", "participantId", "createdAt" DESC, "id" DESC) x
    GROUP BY x."round" ORDER BY x."round"`;
}

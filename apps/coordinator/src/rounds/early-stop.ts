// Early stopping on what members report of each checkpoint: the median of one metric over them must get better now and then
// (Prechelt 1998, "Early Stopping - But When?"): no minority decides it. Reading the reports and judging them.
import { rangeOfFigure } from '@colora/protocol/bounds/figure-ranges';
import type { RoundsSettings } from '@colora/protocol/rounds-settings';
import type { Context } from '../context.ts';

type Rule = NonNullable<RoundsSettings['earlyStop']>;

/** The median of what was reported of a checkpoint. */
export interface Reported {
  readonly version: number;
  readonly median: number;
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
      best === null
        ? Infinity
        : goal === 'higher'
          ? report.median - best.median
          : best.median - report.median;
    since = gain > minDelta ? 0 : since + 1;
    if (gain > minDelta) best = report;
  }
  return { stop: since >= patience, best };
}

/**
 * A member's figure counts from the first checkpoint on that a round gave it, and of each once: its last word, as near as it
 * comes to the metric's range.
 */
export async function readReports(
  { db }: Pick<Context, 'db'>,
  { groupId, from, latest }: { groupId: string; from: number; latest: number },
  metric: string,
): Promise<Reported[]> {
  const { least, most } = rangeOfFigure(metric);
  return db.$queryRaw<Reported[]>`
    WITH "given" AS (
      SELECT a."participantId", min(r."version") AS "version" FROM "Round" r JOIN "Assignment" a ON a."roundId" = r."id"
      WHERE r."groupId" = ${groupId} GROUP BY a."participantId")
    SELECT k."round" AS "version", percentile_cont(0.5) WITHIN GROUP (
      ORDER BY least(${most}::float8, greatest(${least}::float8, k."value"))) AS "median"
    FROM "Metric" k JOIN "given" n ON n."participantId" = k."participantId" AND n."version" <= k."round"
    WHERE k."groupId" = ${groupId} AND k."name" = ${metric} AND k."round" > ${from} AND k."round" <= ${latest}
    GROUP BY k."round" ORDER BY k."round"`;
}

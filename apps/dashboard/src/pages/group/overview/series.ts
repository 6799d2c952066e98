// Series as the coordinator gives them, made into lines of a chart: one column a round, null where a line has no point there.
import { everyItem } from '@colora/protocol/paging/every-item';

/** Of neighbouring rounds put together: of `count` figures. */
export interface Point {
  readonly name: string;
  readonly round: number;
  readonly through: number;
  readonly count: number;
  readonly mean: number;
  readonly least: number;
  readonly most: number;
}

/** Members may report 64 names: all of them, and what rounds say of themselves. */
const mostPoints = 10_000;

export async function readSeries(read: Parameters<typeof everyItem<Point>>[0]): Promise<Point[]> {
  const points: Point[] = [];
  for await (const point of everyItem(read)) {
    points.push(point);
    if (points.length >= mostPoints) break;
  }
  return points;
}

/** Lines of `names`, each [name, label]; those without a point are left out. A band where a point is of several figures. */
export function linesOf(points: readonly Point[], names: readonly (readonly [string, string])[]) {
  const wanted = new Map(names);
  const ours = points.filter(({ name }) => wanted.has(name));
  const rounds = [...new Set(ours.map(({ through }) => through))].sort((a, b) => a - b);
  const lines = names.flatMap(([name, label]) => {
    const byRound = new Map(
      ours.filter((point) => point.name === name).map((point) => [point.through, point]),
    );
    if (byRound.size === 0) return [];
    const column = (of: 'mean' | 'least' | 'most') => rounds.map((round) => byRound.get(round)?.[of] ?? null);
    const isOfMany = [...byRound.values()].some(({ count }) => count > 1);
    return [
      { label, values: column('mean'), ...(isOfMany ? { low: column('least'), high: column('most') } : {}) },
    ];
  });
  return { rounds, lines };
}

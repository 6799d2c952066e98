// Figures of rounds made into lines of a chart: one column a round, null where a line has no point there.
import type { Metric, Round } from '@colora/protocol/entities';

/** Of `count` figures. */
export interface Point {
  readonly name: string;
  readonly round: number;
  readonly count: number;
  readonly mean: number;
  readonly least: number;
  readonly most: number;
}

/** Of figures that members reported, one a round and name: of all of them together. */
export function pointsOfMetrics(metrics: readonly Pick<Metric, 'name' | 'round' | 'value'>[]): Point[] {
  const values = new Map<string, number[]>();
  for (const { name, round, value } of metrics) {
    if (round === null) continue;
    const key = `${round} ${name}`;
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  return [...values].map(([key, all]) => {
    const [round = '', name = ''] = key.split(' ');
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    return {
      name,
      round: Number(round),
      count: all.length,
      mean,
      least: Math.min(...all),
      most: Math.max(...all),
    };
  });
}

/** Of what each round says of itself. */
export function pointsOfRounds(rounds: readonly Pick<Round, 'number' | 'metrics'>[]): Point[] {
  return rounds.flatMap(({ number, metrics }) =>
    Object.entries(metrics).map(([name, value]) => ({
      ...{ name, round: number, count: 1, mean: value },
      ...{ least: value, most: value },
    })),
  );
}

/** Lines of `names`, each [name, label]; those without a point are left out. A band where a point is of several figures. */
export function linesOf(points: readonly Point[], names: readonly (readonly [string, string])[]) {
  const wanted = new Map(names);
  const ours = points.filter(({ name }) => wanted.has(name));
  const rounds = [...new Set(ours.map(({ round }) => round))].sort((a, b) => a - b);
  const lines = names.flatMap(([name, label]) => {
    const byRound = new Map(ours.filter((point) => point.name === name).map((point) => [point.round, point]));
    if (byRound.size === 0) return [];
    const column = (of: 'mean' | 'least' | 'most') => rounds.map((round) => byRound.get(round)?.[of] ?? null);
    const isOfMany = [...byRound.values()].some(({ count }) => count > 1);
    return [
      { label, values: column('mean'), ...(isOfMany ? { low: column('least'), high: column('most') } : {}) },
    ];
  });
  return { rounds, lines };
}

// The figures of a group's rounds and of its members, as the coordinator tells them, that a tracker doesn't have yet. They come newest
// first: where many in a row bring nothing new, nothing older does.
import type { ApiClient } from '@colora/protocol/api-client';
import type { Metric, Round } from '@colora/protocol/entities';
import { everyItem } from '@colora/protocol/paging/every-item';
import { curveOf, type LastSteps, type Point } from './tracker.ts';

const pageSize = 500;
/** A tracker that was cut has the beginning of each curve, and what it lacks is the newest. */
const manyKnown = 500;

/** In the order of their steps. Rounds that failed made no checkpoint, and figures of none have no place on a curve: neither is told. */
export async function readPoints(api: ApiClient, group: string, known: LastSteps): Promise<Point[]> {
  const isNew = (point: Point) => point.step > (known.get(curveOf(point)) ?? -1);
  const params = { group };
  const rounds = everyItem((cursor) =>
    api.call('listRounds', { params, query: { state: 'committed', limit: pageSize, cursor } }),
  );
  const figures = everyItem((cursor) =>
    api.call('listMetrics', { params, query: { limit: pageSize, cursor } }),
  );
  const points = [
    ...(await newest(rounds, pointsOfRound, isNew)),
    ...(await newest(figures, pointsOfMetric, isNew)),
  ];
  return points.sort((a, b) => a.step - b.step);
}

async function newest<Item>(
  items: AsyncIterable<Item>,
  pointsOf: (item: Item) => readonly Point[],
  isNew: (point: Point) => boolean,
): Promise<Point[]> {
  const found: Point[] = [];
  let knownInARow = 0;
  for await (const item of items) {
    const points = pointsOf(item);
    if (points.length === 0) continue; // it says nothing of those before
    const fresh = points.filter(isNew);
    found.push(...fresh);
    knownInARow = fresh.length > 0 ? 0 : knownInARow + 1;
    if (knownInARow === manyKnown) break;
  }
  return found;
}

function pointsOfRound({ version, committedAt, metrics }: Round): Point[] {
  if (committedAt === null) return [];
  const at = Date.parse(committedAt);
  return Object.entries(metrics).map(([name, value]) => ({
    member: null,
    name,
    step: version + 1,
    value,
    at,
  }));
}

function pointsOfMetric({ participant, round, name, value, createdAt }: Metric): Point[] {
  if (round === null) return [];
  return [{ member: participant, name, step: round, value, at: Date.parse(createdAt) }];
}

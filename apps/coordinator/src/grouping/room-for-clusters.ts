// How many more clusters a group may come to have (protocol's cluster-room.ts). A stranger who joins an open group again and again, each time unlike everybody, must not make it grow without end.
import { mostClustersOf } from '@colora/protocol/clusters/cluster-room';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { PlacedMember } from './group-members.ts';
import { joinNearest, type Nearest, type Unit } from './units.ts';

/** How many more it may get, those that it ever had counted; at least one is always there. */
export function roomForClusters(
  { task }: Pick<TaskSettings, 'task'>,
  members: readonly Pick<PlacedMember, 'bytes' | 'labels'>[],
  had: number,
): number {
  const labels = 'labels' in task ? task.labels.length : 1;
  const row = Math.max(1, ...members.map(({ bytes, labels: own }) => bytes / own.length));
  return mostClustersOf(labels, row) - had;
}

/**
 * The units with no more new clusters than there is room for, of which the largest come first. Members of the others go where
 * they fit best.
 */
export async function withinRoom(
  units: readonly Unit[],
  room: number,
  nearest: Nearest,
): Promise<readonly Unit[]> {
  const isNew = ({ cluster }: Unit) => cluster === null;
  const largestFirst = units.filter(isNew).sort((a, b) => b.members.length - a.members.length);
  const left = largestFirst.slice(Math.max(0, room));
  if (left.length === 0) return units;
  const stay = units.filter((unit) => !left.includes(unit));
  return joinNearest(
    stay,
    left.flatMap(({ members }) => members),
    nearest,
  );
}

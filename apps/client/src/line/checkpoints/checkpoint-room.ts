// What a checkpoint of a group may be: the tensors that its base model and settings make, and so how many bytes at most. Counted
// here, from what this member knows, before a byte is asked for. How one travels is checkpoint-cache.ts.
import { mostClustersOf } from '@colora/protocol/clusters/cluster-room';
import { clusterRowName, clusterRowOf, isHeadRow } from '@colora/protocol/clusters/cluster-rows';
import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { NamedShape } from '@colora/tensors/pieces';
import { elementCount, sameShape } from '@colora/tensors/tensor';
import { mostCheckpointBytes } from '@colora/tensors/wire/wire-checkpoint';

export interface CheckpointRoom {
  /** Of the file in the group's encoding. */
  readonly mostBytes: number;
  /** May a tensor of this name and shape be in it? */
  holds(name: string, shape: readonly number[]): boolean;
}

/** More digits than a cluster's number gets. */
const longNumber = 999_999;

/** `tensors`: names and shapes of checkpoint 0 (the learner's summary). */
export function checkpointRoom(settings: TaskSettings, tensors: readonly NamedShape[]): CheckpointRoom {
  const shapes = new Map(tensors.map(({ name, shape }) => [name, shape]));
  const rows = clusterRows(settings, tensors);
  const labels = new Set('labels' in settings.task ? settings.task.labels : []);
  const { download } = settings.wire;
  const [row] = rows;
  const clusters = row === undefined ? 0 : mostClustersOf(rows.length, 4 * elementCount(row.shape));
  return {
    mostBytes: mostCheckpointBytes(download, tensors) + clusters * mostCheckpointBytes(download, rows),
    holds(name, shape) {
      const known = shapes.get(name);
      if (known !== undefined) return sameShape(shape, known);
      const label = clusterRowOf(name)?.label;
      return row !== undefined && label !== undefined && labels.has(label) && sameShape(shape, row.shape);
    },
  };
}

/** Those of one cluster that has every label; none where the group has no clusters. */
function clusterRows(settings: TaskSettings, tensors: readonly NamedShape[]): NamedShape[] {
  const { task } = settings;
  const row = tensors.find(({ name }) => isHeadRow(name));
  if (row === undefined || !('labels' in task) || clustersOf(settings) === 'off') return [];
  return task.labels.map((label) => ({ name: clusterRowName(longNumber, label), shape: row.shape }));
}

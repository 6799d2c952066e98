// Which groups can tell their members apart by probes, and have clusters where nobody says. What a probe is and who belongs
// together is not known here.

import type { ClusterMode } from '../cluster-mode.ts';
import { type TaskKind, taskKindTable } from '../task-kinds.ts';
import { looksLikeCluster } from './cluster-rows.ts';

/** What decides it; `phases` as the group will have them. */
interface ClusterFacts {
  readonly task: {
    readonly kind: TaskKind;
    readonly head?: string;
    readonly labels?: readonly string[];
    readonly clusters?: ClusterMode | undefined;
  };
  readonly adapter: { readonly layout: string };
  readonly training: { readonly controls: boolean };
  readonly privacy: { readonly clipNorm?: number | undefined };
}

/** Groups that are older than the choice have none. */
export function clustersOf({ task }: Pick<ClusterFacts, 'task'>): ClusterMode {
  return task.clusters ?? 'off';
}

/** Why there can't be any, and how to mend that; null where there can. */
export function whyNoClusters(
  { task, adapter, training, privacy }: ClusterFacts,
  phases: 'joint' | 'apart',
): string | null {
  if (!taskKindTable[task.kind].clusters)
    return `clusters are told apart by what texts are called, and this is ${taskKindTable[task.kind].name}: use clusters off`;
  if (task.head !== 'by-label')
    return 'clusters have head rows of their own: use head by-label, or clusters off';
  if (adapter.layout !== 'core') return 'clusters are measured for the layout core: use it, or clusters off';
  if (phases !== 'joint') return 'clusters are measured with joint steps: use phases joint, or clusters off';
  if (training.controls) return 'controls belong to rows that all share: use clusters off, or no controls';
  if (privacy.clipNorm !== undefined)
    return 'a probe is neither clipped nor noised: use clusters off (all are one cluster then), or no privacy.clipNorm';
  const label = task.labels?.find((one) => looksLikeCluster.test(one));
  if (label !== undefined)
    return `the label ${label} could be taken for a cluster’s row: call it otherwise, or use clusters off`;
  return null;
}

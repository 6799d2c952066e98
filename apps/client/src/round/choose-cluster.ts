// Where a newcomer to a completed group belongs: nobody places it any more, so it chooses the cluster whose rows of the head
// suit its own examples best. Nothing of that is sent. Who came while rounds were under way was placed by its probe.
import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import type { Place } from '@colora/protocol/clusters/clusters';
import type { TensorMap } from '@colora/tensors/tensor';
import { clusterHeads, seenBy } from '@colora/training/collaboration/cluster-view';
import type { Session } from '../session/open-session.ts';

/** Null where the group has no clusters, or none that knows any of its labels. */
export async function chooseCluster(session: Session, checkpoint: TensorMap): Promise<Place | null> {
  const { group, learner, options, log, work } = session;
  if (clustersOf(group.settings) === 'off') return null;
  const heads = clusterHeads(checkpoint, learner.summary.labels);
  const clusters = [...heads.keys()];
  if (clusters.length === 0) return null;
  const trying = () => learner.headLosses({ shared: seenBy(null, checkpoint), heads: [...heads.values()] });
  const losses = await work.during({ what: 'choosing its cluster' }, trying, options.signal);
  const cluster = clusters[losses.indexOf(Math.min(...losses))]!;
  log('info', `the group is completed: cluster ${cluster} suits its examples best`, { cluster });
  return { cluster, name: null, rows: [] };
}

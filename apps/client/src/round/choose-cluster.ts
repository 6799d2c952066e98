// Which cluster's rows of the head a member goes on with once the rounds are over, by its own examples. Nothing of that is
// sent: while rounds are under way the coordinator places members by their probes.
import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import type { Place } from '@colora/protocol/clusters/clusters';
import { sameTensor, type TensorMap } from '@colora/tensors/tensor';
import { clusterHeads, seenBy } from '@colora/training/collaboration/cluster-view';
import { noOwnRows, standingRows } from '@colora/training/head-rows/own-rows';
import { wrongLabels } from '@colora/training/losses/wrong-labels';
import type { Session } from '../session/open-session.ts';

/**
 * A newcomer's: the cluster that makes its examples likeliest; null where the group has none, or none that knows any of its labels.
 * Who has a place keeps it, but for who shares its rows with nobody.
 */
export async function chooseCluster(
  session: Session,
  checkpoint: TensorMap,
  given: Place | null,
): Promise<Place | null> {
  if (clustersOf(session.group.settings) === 'off') return null;
  if (given !== null)
    return sharesRows(session, checkpoint, given) ? given : rejoin(session, checkpoint, given);
  const [best] = await byLikelihood(session, checkpoint);
  if (best === undefined) return null;
  const { cluster } = best;
  session.log('info', `the group is completed: cluster ${cluster} suits its examples best`, { cluster });
  return chosen(cluster);
}

/** Nats an example by which one's own models must be better to stay alone (docs/decisions.md). */
const clearly = 0.02;

const chosen = (cluster: number): Place => ({ cluster, name: null, rows: [] });

/** False where too few were in its cluster for any of its rows to travel: they are its own alone, in every label. */
function sharesRows({ personal, learner }: Session, checkpoint: TensorMap, place: Place): boolean {
  const own = standingRows(personal?.rows ?? noOwnRows, seenBy(place, checkpoint));
  return own.size === 0 || own.size < learner.summary.labels.length;
}

/**
 * Few examples, or wrongly labelled ones, make a probe that is like nobody's. Such a member joins the cluster whose rows suit its
 * examples best, unless heads of its own, each fitted to its other examples, make them clearly likelier. Those rows have seen none of them,
 * and some of the labels may be wrong either way. Strangers fit their own labels far better than others' rows do, and stay; whose
 * labels nothing explains loses nothing by it.
 */
async function rejoin(session: Session, checkpoint: TensorMap, place: Place): Promise<Place> {
  const { learner, options, log, work } = session;
  const [best] = (await byLikelihood(session, checkpoint)).filter(
    ({ cluster, isTrained }) => cluster !== place.cluster && isTrained,
  );
  if (best === undefined) return place;
  const judging = () => learner.evidence({ shared: seenBy(place, checkpoint) });
  const { logLikelihoods } = await work.during({ what: 'judging its cluster' }, judging, options.signal);
  const alone = wrongLabels(
    logLikelihoods.map(([byAlone]) => byAlone),
    learner.summary.labels.length,
  );
  if (best.logLikelihood <= alone.logLikelihood - clearly) return place;
  const { cluster } = best;
  log('info', `nobody shares the head of cluster ${place.cluster}: ${cluster} suits its examples as well`, {
    cluster,
  });
  return chosen(cluster);
}

interface Candidate {
  readonly cluster: number;
  /** Mean log-likelihood of its examples (nats), with labels that may be wrong. */
  readonly logLikelihood: number;
  /** False where its rows are what they began from: too few of its members have them. */
  readonly isTrained: boolean;
}

/** The likeliest first; of equal ones the lowest number. */
async function byLikelihood(
  { learner, options, work }: Session,
  checkpoint: TensorMap,
): Promise<readonly Candidate[]> {
  const { labels } = learner.summary;
  const heads = clusterHeads(checkpoint, labels);
  if (heads.size === 0) return [];
  const trying = () =>
    learner.headLikelihoods({ shared: seenBy(null, checkpoint), heads: [...heads.values()] });
  const found = await work.during({ what: 'choosing its cluster' }, trying, options.signal);
  return [...heads.keys()]
    .map((cluster, at) => ({
      cluster,
      isTrained: [...heads.get(cluster)!].some(([name, row]) => !sameTensor(row, checkpoint.get(name))),
      ...wrongLabels(found[at]!, labels.length),
    }))
    .sort((a, b) => b.logLikelihood - a.logLikelihood || a.cluster - b.cluster);
}

// Which cluster's rows of the head a member goes on with once the rounds are over, by its own examples. Nothing of that is
// sent: while rounds are under way the coordinator places members by their probes.
import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import type { Place } from '@colora/protocol/clusters/clusters';
import { sameTensor, type TensorMap } from '@colora/tensors/tensor';
import { clusterHeads, seenBy } from '@colora/training/collaboration/cluster-view';
import { noOwnRows, standingRows } from '@colora/training/head-rows/own-rows';
import { wrongLabels } from '@colora/training/losses/wrong-labels';
import type { Session } from '../session/open-session.ts';

/** Where the coordinator says that this member belongs, and which clusters there are; null: whichever the checkpoint has rows of. */
export interface GivenPlace {
  readonly place: Place | null;
  readonly clusters: readonly number[] | null;
}

/**
 * A newcomer's: the cluster that makes its examples likeliest; null where the group has none, or none that knows any of its labels.
 * Who has a place keeps it, but for who shares its rows with nobody.
 */
export async function chooseCluster(
  session: Session,
  checkpoint: TensorMap,
  { place: given, clusters }: GivenPlace,
): Promise<Place | null> {
  const mode = clustersOf(session.group.settings);
  if (mode === 'off') return null;
  // an admin's word holds for rows that were left, too; elsewhere they may be just those that suit
  const choice = mode === 'fixed' ? clusters : null;
  if (given !== null)
    return sharesRows(session, checkpoint, given) ? given : rejoin(session, checkpoint, given, choice);
  const [best] = await byLikelihood(session, checkpoint, choice);
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
async function rejoin(
  session: Session,
  checkpoint: TensorMap,
  place: Place,
  choice: readonly number[] | null,
): Promise<Place> {
  const { learner, options, log, work } = session;
  const [best] = (await byLikelihood(session, checkpoint, choice)).filter(
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

/** The likeliest first; of equal ones the lowest number. `choice`: of these alone. */
async function byLikelihood(
  { learner, options, work }: Session,
  checkpoint: TensorMap,
  choice: readonly number[] | null,
): Promise<readonly Candidate[]> {
  const { labels } = learner.summary;
  const all = clusterHeads(checkpoint, labels);
  const heads = new Map([...all].filter(([cluster]) => choice === null || choice.includes(cluster)));
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

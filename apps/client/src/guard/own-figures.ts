// From a member's evidence and what is heard of the group to how its predictions are mixed and what it is told; and the three
// figures of it that it may tell. Arithmetic alone: who is asked, and whether anything is told, is round/hear-group.ts's.
import type { GroupFigures, MemberFigures } from '@colora/protocol/guard/figures';
import { beliefWithoutGroup } from '@colora/protocol/guard/opinion';
import { blendWeight } from '@colora/training/collaboration/blend-weight';
import { arms } from '@colora/training/collaboration/evidence';
import {
  explainedShares,
  mixingWeights,
  type Prior,
  priorByOwnExamples,
  priorOfGroup,
  priorWithoutGroup,
  soberEvidence,
} from '@colora/training/collaboration/mixing-weights';
import { concluded } from '@colora/training/collaboration/verdict';
import type { Found, GuardReport } from '../workspace/guard-store.ts';

/** What was found by one's own examples alone. */
type Evidence = Pick<Found, 'logLikelihoods' | 'labels'>;
type Mixture = Pick<Found, 'weights' | 'ofPersonal'>;

/** The same evidence in the light of the group's figures, or of none. */
export function foundWith(
  { logLikelihoods, labels, verdict, blended }: Evidence & Pick<Found, 'verdict' | 'blended'>,
  groupFigures: GroupFigures | null,
): Found {
  const prior = groupFigures === null ? priorByOwnExamples(logLikelihoods) : priorOfGroup(groupFigures);
  return {
    ...(blended ? blendedBy(logLikelihoods) : mixedUnder({ logLikelihoods, labels }, prior)),
    verdict: concluded(verdict, groupFigures?.gain ?? beliefWithoutGroup),
    blended,
    logLikelihoods,
    labels,
    groupFigures,
  };
}

/**
 * In hundredths, so that nothing else can ride in them. They follow from a member's own examples and the checkpoint alone: what
 * is heard of the others is not in what is told, and telling it twice tells the same.
 */
export function figuresToTell({
  version,
  found,
}: Pick<GuardReport, 'version'> & { readonly found: Found }): MemberFigures {
  const core = found.blended ? found.weights.core : 1 - explainedByAlone(found);
  const { gain, standardError } = found.verdict;
  return {
    version,
    shareOfCore: hundredths(core),
    gain: hundredths(gain),
    standardError: Math.min(100, Math.max(1, hundredths(standardError))), // of two examples it is more, and tells as little
  };
}

const hundredths = (share: number) => Math.round(100 * share);

/** What a blend is of follows from one's own examples alone: they say more of it than those of others do. */
function blendedBy(logLikelihoods: Found['logLikelihoods']): Mixture {
  const core = blendWeight(logLikelihoods);
  return { weights: { alone: 1 - core, core }, ofPersonal: 1 };
}

function mixedUnder({ logLikelihoods, labels }: Evidence, prior: Prior): Mixture {
  const weights = mixingWeights(soberEvidence(logLikelihoods, labels), prior);
  const [alone, withOwn, common] = weights;
  const core = withOwn! + common!;
  return { weights: { alone: alone!, core }, ofPersonal: withOwn! / core };
}

function explainedByAlone({ logLikelihoods, labels }: Evidence): number {
  return explainedShares(soberEvidence(logLikelihoods, labels), priorWithoutGroup)[arms.indexOf('alone')]!;
}

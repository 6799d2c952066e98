// How much to trust each arm: the weights of a mixture of predictions, fitted by expectation-maximisation (Dempster, Laird
// and Rubin 1977) to likelihoods of examples that no arm has seen, with pseudo-examples shared out by a prior. A mixture is
// seldom worse than its better half, which a hard choice from few examples often misses (measured: 2.1 points).

import { allowingFor, wrongLabels } from '../losses/wrong-labels.ts';

/** Of arms, in the order of `arms` (evidence.ts): how many of the pseudo-examples each explains; sums to 1. */
export type Weights = readonly number[];

/** What is believed before anybody's examples are seen, and how many pseudo-examples that is worth. */
export interface Prior {
  readonly weights: Weights;
  readonly strength: number;
}

/** Without figures of the others in the group: groups are made because people hope for something (alone, core). */
export const priorWithoutGroup: Prior = { weights: [0.25, 0.75], strength: 4 };

/** Pseudo-examples that the group's figures are worth, and pseudo-members that the prior without them is. */
const groupStrength = 8;
const fixedMembers = 4;

/**
 * Of those who told: p0 = (sum over members of their shares + 4 (0.25, 0.75)) / (members + 4), worth eight pseudo-examples.
 * `shareOfCore`: the mean of what `explainedShares` says of core, 0 to 1. So one member moves the prior by at most
 * 1 / (members + 4), which is less than one pseudo-example from five members on.
 */
export function priorOfGroup({
  reporters,
  shareOfCore,
}: {
  readonly reporters: number;
  readonly shareOfCore: number;
}): Prior {
  const shares = [1 - shareOfCore, shareOfCore];
  const weights = priorWithoutGroup.weights.map(
    (share, arm) => (reporters * shares[arm]! + fixedMembers * share) / (reporters + fixedMembers),
  );
  return { weights, strength: groupStrength };
}

/**
 * Nats an example by which evidence makes core look better than it is beside alone: alone is judged by a head on frozen features, and
 * predicts with an adapter of its own. Measured where nobody shares anything: without it core weighs 0.56 to 0.84, and guarded
 * loses 0.7 to 2.1 points to alone in three of five draws; where others help it costs 0.1 (docs/decisions.md).
 */
const flattery = 0.15;

/**
 * [alone, core] of evidence.ts, by example, of so many `labels`; null where that isn't known. Some of the labels may be wrong, as many
 * as the arm makes likeliest that explains them better: what neither explains speaks for neither, or the less confident arm
 * would win by it.
 */
export function soberEvidence(
  logLikelihoods: readonly (readonly number[])[],
  labels: number | null,
): (readonly number[])[] {
  const sober = logLikelihoods.map(([alone, core]) => [alone!, core! - flattery]);
  if (labels === null) return sober;
  const [alone, core] = [0, 1].map((arm) =>
    wrongLabels(
      sober.map((logs) => logs[arm]!),
      labels,
    ),
  );
  const { share } = alone!.logLikelihood > core!.logLikelihood ? alone! : core!;
  return sober.map((logs) => logs.map((log) => allowingFor(log, share, labels)));
}

const iterations = 60;

/**
 * w_k proportional to sum_j r_jk + strength * prior_k, with r_jk proportional to w_k exp(l_jk); summing to 1.
 * `logLikelihoods`: an entry an example, in nats, one value an arm. Without examples: the prior.
 */
export function mixingWeights(
  logLikelihoods: readonly (readonly number[])[],
  { weights: prior, strength }: Prior,
): Weights {
  let weights: readonly number[] = prior;
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    const counts = prior.map((share) => strength * share);
    for (const logs of logLikelihoods)
      for (const [arm, part] of responsibilities(logs, weights).entries()) counts[arm]! += part;
    const total = counts.reduce((sum, count) => sum + count, 0);
    weights = counts.map((count) => count / total);
  }
  return weights;
}

/**
 * Of the examples, which part each arm explains: the mean of r_jk at those weights, without the prior's pseudo-examples. It says
 * to others what weights would that are fitted to all together (docs/decisions.md). Without examples: the prior.
 */
export function explainedShares(logLikelihoods: readonly (readonly number[])[], prior: Prior): Weights {
  if (logLikelihoods.length === 0) return prior.weights;
  const weights = mixingWeights(logLikelihoods, prior);
  const parts = logLikelihoods.map((logs) => responsibilities(logs, weights));
  return weights.map((_, arm) => parts.reduce((sum, part) => sum + part[arm]!, 0) / parts.length);
}

/** How likely each arm is to have predicted the label. */
function responsibilities(logs: readonly number[], weights: Weights): number[] {
  const scores = logs.map((log, arm) => log + Math.log(weights[arm]! + 1e-12));
  const top = Math.max(...scores);
  const parts = scores.map((score) => Math.exp(score - top));
  const total = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => part / total);
}

/** sum_k w_k p_k, label by label; a label that an arm doesn't know has the probability 0 there. */
export function mixedProbabilities(
  probabilities: readonly Readonly<Record<string, number>>[],
  weights: Weights,
): Record<string, number> {
  const labels = new Set(probabilities.flatMap((arm) => Object.keys(arm)));
  return Object.fromEntries(
    [...labels].map((label) => [
      label,
      probabilities.reduce((sum, arm, k) => sum + weights[k]! * (arm[label] ?? 0), 0),
    ]),
  );
}

// How much to trust each arm: the weights of a mixture of predictions, fitted by expectation-maximisation (Dempster, Laird
// and Rubin 1977) to likelihoods of examples that no arm has seen, with pseudo-examples shared out by a prior. A mixture is
// seldom worse than its better half, which a hard choice from few examples often misses (measured: 2.1 points).

import { allowingFor, wrongLabels } from '../losses/wrong-labels.ts';
import { arms } from './evidence.ts';

/** Of arms, in the order of `arms` (evidence.ts): how many of the pseudo-examples each explains; sums to 1. */
export type Weights = readonly number[];

/** What is believed before anybody's examples are seen, and how many pseudo-examples that is worth. */
export interface Prior {
  readonly weights: Weights;
  readonly strength: number;
}

/** Without figures of the others in the group: groups are made because people hope for something (a quarter alone). */
export const priorWithoutGroup: Prior = { weights: trainedTogether(0.75), strength: 4 };

/**
 * The same for who adds nothing of her own to what is trained together, and so judges it as it is: without her part it is further
 * from what she predicts with than a model fitted to her would be, and her examples count for half of what they do there.
 */
const priorAsItIs: Prior = { ...priorWithoutGroup, strength: 8 };

/** Of evidence.ts's likelihoods. */
export function priorByOwnExamples(logLikelihoods: readonly (readonly number[])[]): Prior {
  const isAsItIs = logLikelihoods.every(([, core, common]) => core === common);
  return isAsItIs ? priorAsItIs : priorWithoutGroup;
}

/** [alone, core, common]: whether what is trained together does better with one's own part or without is for the examples to say. */
function trainedTogether(share: number): Weights {
  return [1 - share, share / 2, share / 2];
}

/** Pseudo-examples that the group's figures are worth, and pseudo-members that the prior without them is. */
const groupStrength = 8;
const fixedMembers = 4;

/**
 * Of those who told: p0 = (sum over members of their shares + 4 (0.25, 0.75)) / (members + 4), worth eight pseudo-examples.
 * `shareOfCore`: the mean of what `explainedShares` says of core, with or without one's own part, 0 to 1. So one member moves the prior by at most
 * 1 / (members + 4), which is less than one pseudo-example from five members on.
 */
export function priorOfGroup({
  reporters,
  shareOfCore,
}: {
  readonly reporters: number;
  readonly shareOfCore: number;
}): Prior {
  const fixed = 1 - priorWithoutGroup.weights[0]!;
  const together = (reporters * shareOfCore + fixedMembers * fixed) / (reporters + fixedMembers);
  return { weights: trainedTogether(together), strength: groupStrength };
}

/**
 * Nats an example by which evidence makes core look better than it is beside alone: alone is judged by a head on frozen features, and
 * predicts with an adapter of its own. Measured where nobody shares anything: without it core weighs 0.56 to 0.84, and guarded
 * loses 0.7 to 2.1 points to alone in three of five draws; where others help it costs 0.1 (docs/decisions.md). What is common was
 * fitted to none of her examples, and isn't flattered.
 */
const flattery = 0.15;

/**
 * The arms of evidence.ts, by example, of so many `labels`; null where that isn't known. Some of the labels may be wrong, as many
 * as the arm makes likeliest that explains them best: what none explains speaks for none, or the least confident arm
 * would win by it. An earlier version found nothing for `common`, which is as likely as core then.
 */
export function soberEvidence(
  logLikelihoods: readonly (readonly number[])[],
  labels: number | null,
): (readonly number[])[] {
  const sober = logLikelihoods.map(([alone, core, common = core! - flattery]) => [
    alone!,
    core! - flattery,
    common,
  ]);
  if (labels === null) return sober;
  const { share } = arms
    .map((_, arm) =>
      wrongLabels(
        sober.map((logs) => logs[arm]!),
        labels,
      ),
    )
    .reduce((best, next) => (next.logLikelihood >= best.logLikelihood ? next : best));
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

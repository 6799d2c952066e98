// What a member tells of her verdict in a masked round, as eight whole numbers of which the sum over members is enough for the
// group's figures (DerSimonian and Kacker, "Random-effects model for meta-analysis of clinical trials: an update", Contemporary
// Clinical Trials 28, 2007, whose weights may be any that are fixed beforehand; aggregation's fixed-weight-effects.ts):
//   1 for her opinion by her own examples alone, 0 for the others (three)
//   the share of her examples that the model trained together explains, in hundredths
//   a, a^2, a (1 + gain) / 2 and a gain^2, in 1/1023, with a = s^2 / (standard error^2 + s^2)
// s is the spread that gains are believed to have (opinion.ts). No certainty makes a larger than 1: who claims to have no error
// counts twice as much as who has an error of s.
import type { MemberFigures } from '@colora/protocol/guard/figures';
import { beliefWithoutGroup, type Opinion, opinions } from '@colora/protocol/guard/opinion';
import { mostFigure } from '@colora/protocol/masking/masking-ring';

export const verdictNumberCount = opinions.length + 5;

/** Of one member. */
export interface ToldVerdict {
  readonly opinion: Opinion;
  readonly figures: Omit<MemberFigures, 'version'>;
}

/** Of all who told; gains are shares of examples, -1 to 1. */
export interface VerdictSums {
  readonly told: number;
  readonly opinions: Readonly<Record<Opinion, number>>;
  /** Sum of the shares, each 0 to 1. */
  readonly shareOfCore: number;
  /** Sums of a, a^2, a gain and a gain^2. */
  readonly weight: number;
  readonly weight2: number;
  readonly gain: number;
  readonly gain2: number;
}

const weightOf = (standardError: number) =>
  beliefWithoutGroup.spread ** 2 / (standardError ** 2 + beliefWithoutGroup.spread ** 2);
const scaled = (share: number) => Math.round(mostFigure * share);

/** `figures` within their schema's bounds. */
export function verdictNumbers({ opinion, figures }: ToldVerdict): number[] {
  const [gain, weight] = [figures.gain / 100, weightOf(figures.standardError / 100)];
  return [
    ...opinions.map((one) => Number(one === opinion)),
    figures.shareOfCore,
    ...[weight, weight ** 2, (weight * (1 + gain)) / 2, weight * gain ** 2].map(scaled),
  ];
}

/** What a member's weight can be, with a standard error from a hundredth to 1. */
const [leastWeight, mostWeight] = [scaled(weightOf(1)), scaled(weightOf(0.01))];

/** `numbers`: the sum's, in the order of one member's. Null where no `members` members' can come to it. */
export function readVerdictSums(numbers: Int32Array, members: number): VerdictSums | null {
  const counts = numbers.subarray(0, opinions.length);
  const [share = 0, weight = 0, weight2 = 0, offset = 0, gain2 = 0] = numbers.subarray(opinions.length);
  const told = counts.reduce((sum, count) => sum + count, 0);
  const isPossible =
    numbers.every((number) => number >= 0) &&
    told <= members &&
    share <= 100 * told &&
    weight >= leastWeight * told &&
    weight <= mostWeight * told &&
    [weight2, offset, gain2].every((part) => part <= weight);
  if (!isPossible) return null;
  return {
    told,
    opinions: Object.fromEntries(opinions.map((one, at) => [one, counts[at]!])) as Record<Opinion, number>,
    shareOfCore: share / 100,
    weight: weight / mostFigure,
    weight2: weight2 / mostFigure,
    gain: (2 * offset - weight) / mostFigure,
    gain2: gain2 / mostFigure,
  };
}

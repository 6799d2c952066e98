// Random effects of which only sums over the members are known: the method of moments with weights that are fixed beforehand, a
// function of each one's standard error alone (DerSimonian and Kacker, "Random-effects model for meta-analysis of clinical
// trials: an update", Contemporary Clinical Trials 28, 2007, doi 10.1016/j.cct.2006.04.004). With a = s^2 / (se^2 + s^2), for some s, the
// sums of a se^2 and a^2 se^2 follow from those of a and a^2. Where all standard errors are alike it is random-effects.ts's result.
import type { GroupEffect } from './random-effects.ts';

/** Over members with values y and weights a. */
export interface WeightedSums {
  readonly members: number;
  /** Of a, a^2, a y and a y^2. */
  readonly weight: number;
  readonly weight2: number;
  readonly value: number;
  readonly value2: number;
}

interface Bounds {
  /** The s of the weights, above 0. */
  readonly scale: number;
  /** No member's standard error is smaller, and no value's size larger than 1. */
  readonly leastError: number;
}

/** Of values of at most 1 in size: with any weights Q is at most so many times what it is divided by. */
const mostVariance = 2;

/**
 * mean = sum a y / sum a; spread^2 = max(0, (Q - (sum a se^2 - sum a^2 se^2 / sum a)) / (sum a - sum a^2 / sum a)) with
 * Q = sum a y^2 - (sum a y)^2 / sum a; and the mean's variance, sum a^2 (se^2 + spread^2) / (sum a)^2. Sums that are a little off, as they
 * are of rounded numbers, give figures within their bounds. Throws RangeError without any.
 */
export function fixedWeightEffects(
  { members, weight, weight2, value, value2 }: WeightedSums,
  { scale, leastError }: Bounds,
): GroupEffect {
  if (members === 0 || weight <= 0) throw new RangeError('no effects to put together');
  const mean = Math.min(1, Math.max(-1, value / weight));
  const heterogeneity = value2 - value ** 2 / weight;
  const errors = { first: scale ** 2 * (members - weight), second: scale ** 2 * (weight - weight2) };
  const excess = heterogeneity - (errors.first - errors.second / weight);
  const room = weight - weight2 / weight;
  const variance = members > 1 && room > 0 ? Math.min(mostVariance, Math.max(0, excess / room)) : 0;
  const error = Math.sqrt(Math.max(0, errors.second + variance * weight2)) / weight;
  return {
    mean,
    standardError: Math.max(error, leastError / Math.sqrt(members)),
    spread: Math.sqrt(variance),
  };
}

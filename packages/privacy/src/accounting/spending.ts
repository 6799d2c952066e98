// What rounds with Gaussian noise spent, added up: the unit of every ledger, the coordinator's and a member's own.
import type { Budget } from './noise-for-budget.ts';
import { composed, nothing, type RenyiCurve, repeated } from './orders.ts';
import { subsampledGaussian } from './subsampled-gaussian.ts';
import { epsilonOf } from './to-epsilon.ts';

/** So many rounds with the same noise. */
export interface Spending {
  readonly noiseMultiplier: number;
  /** The chance to be asked, by coin flips that nobody sees; 1: nothing is claimed of who is asked. */
  readonly rate: number;
  readonly rounds: number;
}

/** Rounds in any order: what they reveal is a sum. */
export function epsilonSpent(spendings: readonly Spending[], delta: number): number {
  const sum = spendings.reduce(
    (curve, { noiseMultiplier, rate, rounds }) =>
      composed(curve, repeated(curveOf(noiseMultiplier, rate), rounds)),
    nothing,
  );
  return epsilonOf(sum, delta);
}

/** How many more rounds of that noise keep within the budget; `most` where so many do. */
export function roundsWithin(
  spendings: readonly Spending[],
  noise: Omit<Spending, 'rounds'>,
  { epsilon, delta }: Budget,
  most: number,
): number {
  const fits = (rounds: number) => epsilonSpent([...spendings, { ...noise, rounds }], delta) <= epsilon;
  if (fits(most)) return most;
  let low = 0;
  let high = most;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Curves cost milliseconds, are asked for at every look at a group, and a coordinator has few of them. */
const kept = new Map<string, RenyiCurve>();
const mostKept = 200;

function curveOf(noiseMultiplier: number, rate: number): RenyiCurve {
  const key = `${noiseMultiplier} ${rate}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const curve = subsampledGaussian(noiseMultiplier, rate);
  if (kept.size >= mostKept) kept.clear();
  kept.set(key, curve);
  return curve;
}

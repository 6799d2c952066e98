// What the distributed discrete Gaussian reveals: every member adds integer noise of her own to integers, and the sum of a
// round's noise is close to a discrete Gaussian, and not the same. Kairouz, Liu and Steinke 2021 (arXiv 2102.06387): Prop. 14
// for what the sum reveals, Theorem 1 and Prop. 22 for what rounding does to a clipped vector. Only the noise of those who
// are counted on is counted: what others add can't help who attacks.
import { orders, type RenyiCurve } from './orders.ts';

export interface NoiseSum {
  /** Of one member's noise, in squared units of the integers. */
  readonly variance: number;
  /** How many members' noise is in the sum for sure. */
  readonly members: number;
  /** Values of one contribution. */
  readonly dimension: number;
  /** The L2 norm of what one member's presence changes, in units of the integers (`roundedNorm`). */
  readonly sensitivity: number;
}

/**
 * Throws RangeError on numbers that can't be, and where one member's standard deviation is below a half, for which nothing is
 * proved. Two bounds, and the lower one of them at each order.
 */
export function discreteGaussianSum({ variance, members, dimension, sensitivity }: NoiseSum): RenyiCurve {
  assertAbove("the variance of a member's noise", variance, 0.25);
  assertAbove('the members whose noise is counted on', members, 1);
  assertAbove('the number of values', dimension, 1);
  assertAbove('the sensitivity', sensitivity, Number.MIN_VALUE);
  const apart = apartness(variance, members);
  const scale = sensitivity / Math.sqrt(members * variance);
  return orders.map((order) => {
    const added = (order / 2) * scale ** 2 + apart * dimension;
    const joined = (order / 2) * (scale + apart * Math.sqrt(dimension)) ** 2;
    return Math.min(added, joined);
  });
}

/** tau of Theorem 1: how far the sum of discrete Gaussians is from one. Next to nothing from a variance of 4 on. */
function apartness(variance: number, members: number): number {
  let tau = 0;
  for (let k = 1; k < members; k += 1) tau += Math.exp(-2 * Math.PI ** 2 * variance * (k / (k + 1)));
  return 10 * tau;
}

/** How unlikely a rounding may be that is drawn again: what the paper and its experiments take. */
export const roundingBias = Math.exp(-0.5);

/**
 * The most L2 norm of a vector of `dimension` values and L2 norm at most `norm`, in units of the integers, after each value was
 * rounded up or down at random with its own mean: drawn again while it is longer than this, which happens with a probability
 * of at most roundingBias (Prop. 22 with beta = exp(-1/2)); or with certainty, where that is shorter.
 */
export function roundedNorm(norm: number, dimension: number): number {
  const root = Math.sqrt(dimension);
  const likely = norm ** 2 + dimension / 4 + Math.sqrt(2 * Math.log(1 / roundingBias)) * (norm + root / 2);
  return Math.min(Math.sqrt(likely), norm + root);
}

function assertAbove(what: string, value: number, least: number): void {
  if (Number.isFinite(value) && value >= least) return;
  throw new RangeError(`${what} must be a finite number of at least ${least}, not ${value}`);
}

// What the Gaussian mechanism reveals of members who are drawn by independent coin flips: Poisson sampling at `rate`, each
// member in or out by herself, and nobody but who flips the coins sees who was drawn. Fixed-size samples, and draws that
// others see, are none of it: nothing is amplified there.
// Mironov, Talwar and Zhang 2019 (arXiv 1908.10530), Sec. 3.3: A(alpha) is the moment whose logarithm over alpha - 1 is the
// divergence; a finite sum at whole orders, two infinite series at others. Adding or removing one member.
import { assertMultiplier, gaussian } from './gaussian.ts';
import { logAdd, logUpperTail } from './log-numbers.ts';
import { orders, type RenyiCurve } from './orders.ts';

/** Infinity where the noise is too weak for any figure. Throws RangeError unless `rate` is above 0 and at most 1, and the noise multiplier finite and above 0. */
export function subsampledGaussian(noiseMultiplier: number, rate: number): RenyiCurve {
  assertMultiplier(noiseMultiplier);
  if (!(rate > 0 && rate <= 1))
    throw new RangeError(`a sampling rate must be above 0 and at most 1, not ${rate}`);
  if (rate === 1) return gaussian(noiseMultiplier);
  return orders.map((order) => {
    const moment = Number.isInteger(order)
      ? logMomentAtWhole(rate, noiseMultiplier, order)
      : logMoment(rate, noiseMultiplier, order);
    // noise so weak that its square is no float any more
    return Number.isNaN(moment) ? Number.POSITIVE_INFINITY : Math.max(0, moment / (order - 1));
  });
}

/** log sum_i C(alpha, i) (1 - q)^(alpha - i) q^i exp((i^2 - i) / (2 z^2)), i from 0 to alpha. */
function logMomentAtWhole(rate: number, noiseMultiplier: number, order: number): number {
  let sum = Number.NEGATIVE_INFINITY;
  let logBinomial = 0;
  for (let i = 0; i <= order; i += 1) {
    const weight = logBinomial + i * Math.log(rate) + (order - i) * Math.log1p(-rate);
    sum = logAdd(sum, weight + (i * i - i) / (2 * noiseMultiplier ** 2));
    logBinomial += Math.log(order - i) - Math.log(i + 1);
  }
  return sum;
}

const mostTerms = 1000;

/**
 * The integral's parts below and above z0, where both densities are alike, each as a series of Gaussian tails. Binomial
 * coefficients of a fraction change their signs; all count as positive, which is never less. Infinity where it doesn't converge.
 */
function logMoment(rate: number, noiseMultiplier: number, order: number): number {
  const variance = noiseMultiplier ** 2;
  const alike = variance * Math.log(1 / rate - 1) + 0.5;
  const logRate = Math.log(rate);
  const logRest = Math.log1p(-rate);
  let sum = Number.NEGATIVE_INFINITY;
  let logBinomial = 0;
  let before = [sum, sum];
  for (let i = 0; i < mostTerms; i += 1) {
    const j = order - i;
    const below =
      logBinomial +
      i * logRate +
      j * logRest +
      (i * i - i) / (2 * variance) +
      logUpperTail((i - alike) / noiseMultiplier);
    const above =
      logBinomial +
      j * logRate +
      i * logRest +
      (j * j - j) / (2 * variance) +
      logUpperTail((alike - j) / noiseMultiplier);
    sum = logAdd(sum, logAdd(below, above));
    if (below < before[0]! && above < before[1]! && Math.max(below, above) < sum - 30) return sum;
    before = [below, above];
    logBinomial += Math.log(Math.abs(j)) - Math.log(i + 1);
  }
  return Number.POSITIVE_INFINITY;
}

// Integer noise of exactly the distribution that is accounted for: the discrete Gaussian, P(x) in proportion to
// exp(-x^2 / (2 variance)), by Canonne, Kamath and Steinke 2020 (arXiv 2004.00010), Algorithms 1 to 3: rejection from a
// discrete Laplace, all decided by integers, so that no rounding of a float tells anything. How long a draw takes tells
// something of it: a member draws on her own machine.
import type { RandomIntegers } from './random-integers.ts';

/** From here on 2 variance scale^2 would not be an exact integer; take coarser units. */
export const mostVariance = 2 ** 25;

/**
 * Draws of that variance (in truth a hair below it, where it is small), a whole number from 1 to 2^25. A member who has to add
 * 1/t-th of the whole noise takes 1/t-th of the whole variance, rounded up. Throws RangeError on another variance.
 */
export function discreteGaussian(variance: number, random: RandomIntegers): () => number {
  if (!Number.isInteger(variance) || variance < 1 || variance > mostVariance)
    throw new RangeError(`the variance must be a whole number from 1 to ${mostVariance}, not ${variance}`);
  const scale = Math.floor(Math.sqrt(variance)) + 1;
  const laplace = discreteLaplace(scale, random);
  const divisor = 2 * variance * scale ** 2;
  const wide = BigInt(divisor);
  return () => {
    for (;;) {
      const drawn = laplace();
      const off = BigInt(Math.abs(drawn) * scale - variance);
      const square = off * off; // (|y| - variance / scale)^2 / (2 variance) = off^2 / divisor
      const whole = Number(square / wide);
      const rest = Number(square % wide);
      if (allOfExpMinusOne(whole, random) && coinOfExp(rest, divisor, random)) return drawn;
    }
  };
}

/** P(x) in proportion to exp(-|x| / scale). */
function discreteLaplace(scale: number, random: RandomIntegers): () => number {
  return () => {
    for (;;) {
      const low = random.below(scale);
      if (!coinOfExp(low, scale, random)) continue;
      let high = 0;
      while (coinOfExp(1, 1, random)) high += 1;
      const size = low + scale * high;
      const negative = random.below(2) === 1;
      if (negative && size === 0) continue; // zero has one sign
      return negative ? -size : size;
    }
  };
}

function allOfExpMinusOne(times: number, random: RandomIntegers): boolean {
  for (let i = 0; i < times; i += 1) if (!coinOfExp(1, 1, random)) return false;
  return true;
}

/** True with probability exp(-numerator / divisor), for 0 <= numerator <= divisor. */
function coinOfExp(numerator: number, divisor: number, random: RandomIntegers): boolean {
  let k = 1;
  // a coin of gamma / k is one of gamma and one of 1 / k
  while (random.below(divisor) < numerator && random.below(k) === 0) k += 1;
  return k % 2 === 1;
}

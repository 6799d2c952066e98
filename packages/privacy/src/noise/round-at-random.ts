// Values become integers without a bias of their own, in a way that keeps a vector's norm within what is accounted for.
import { roundedNorm } from '../accounting/discrete-gaussian-sum.ts';
import type { RandomIntegers } from './random-integers.ts';

/**
 * Each value up or down at random so that its mean stays (stochastic rounding), all drawn again while the vector's L2 norm
 * exceeds `roundedNorm(norm, values.length)`: at most 1.6 rounds on average. `values`: in units of the integers, of L2 norm at
 * most `norm`; longer ones are refused with RangeError, since drawing would never end.
 */
export function roundAtRandom(values: Float64Array, norm: number, random: RandomIntegers): Int32Array {
  const length = lengthOf(values);
  if (!(length <= norm * (1 + 1e-9)))
    throw new RangeError('the vector is longer than the norm it is rounded under');
  const most = roundedNorm(norm, values.length);
  for (;;) {
    const rounded = Int32Array.from(values, (value) => {
      const low = Math.floor(value);
      return random.fraction() < value - low ? low + 1 : low;
    });
    if (lengthOf(rounded) <= most) return rounded;
  }
}

function lengthOf(values: Float64Array | Int32Array): number {
  let squares = 0;
  for (const value of values) squares += value * value;
  return Math.sqrt(squares);
}

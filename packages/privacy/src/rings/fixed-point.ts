// Values as whole numbers: cut to +-range, spread over so many bits, and rounded up or down by chance, so that the mean of many
// roundings is the value (stochastic rounding: Gupta et al. 2015, arXiv 1502.02551). Chance hides nothing here, it only keeps
// sums unbiased: a seeded generator will do.
import { mostQuantised } from '@colora/protocol/masking/masking-ring';
import type { TaskSettings } from '@colora/protocol/task-settings';

export interface FixedPoint {
  /** 8, 12 or 16. */
  readonly bits: number;
  /** The largest absolute value. */
  readonly range: number;
}

/** Of a group with secure aggregation. */
export function fixedPointOf({ clipNorm, secureAggregation }: TaskSettings['privacy']): FixedPoint {
  const range = secureAggregation?.range ?? clipNorm;
  if (secureAggregation === undefined || range === undefined)
    throw new Error('nothing is masked in this group');
  return { bits: secureAggregation.bits, range };
}

/** How much of a value one is: a value is its whole number times this. */
export const unitOf = ({ bits, range }: FixedPoint) => range / mostQuantised(bits);

/** Whole numbers of at most 2^(bits - 1) - 1, either sign. `values` are finite; `uniform` is in [0, 1). */
export function quantise(values: Float32Array, point: FixedPoint, uniform: () => number): Int32Array {
  const most = mostQuantised(point.bits);
  const scale = most / point.range;
  const whole = new Int32Array(values.length);
  for (let at = 0; at < values.length; at += 1) {
    const scaled = Math.floor(values[at]! * scale + uniform());
    whole[at] = scaled > most ? most : scaled < -most ? -most : scaled;
  }
  return whole;
}

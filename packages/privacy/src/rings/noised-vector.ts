// A contribution to a masked round whose sum is noised (privacy.mechanism): rounded so that its length stays what is accounted for, and,
// where the noise is distributed, with its member's share of it. Kairouz, Liu and Steinke 2021 (arXiv 2102.06387), without the rotation
// that lets fewer bits do. Of every tensor's sum the divisor is how many contributed, so weights, counts and losses aren't told.
//
// The noise of those who are counted on, two thirds of the fewest who can be summed up, is the whole of it: as many as have to be
// honest for the masks to hold. What the others add comes on top, and whoever works with the coordinator can take hers off again.
import { fewestMasked } from '@colora/protocol/masking/masking-conflicts';
import { mostMaskedNoise, mostQuantised } from '@colora/protocol/masking/masking-ring';
import { isSumNoised, mechanismOf } from '@colora/protocol/privacy/budget-settings';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import { roundedNorm } from '../accounting/discrete-gaussian-sum.ts';
import { MaskingError } from '../masking-error.ts';
import { discreteGaussian, mostVariance } from '../noise/discrete-gaussian.ts';
import type { RandomIntegers } from '../noise/random-integers.ts';
import { roundAtRandom } from '../noise/round-at-random.ts';
import { type FixedPoint, unitOf } from './fixed-point.ts';
import type { VectorLayout } from './masked-vector.ts';

type Settings = Pick<TaskSettings, 'privacy' | 'rounds'>;

export interface NoisedPoint extends FixedPoint {
  /** The L2 norm of what one member's presence changes, in units of the whole numbers. */
  readonly sensitivity: number;
  /** Of one member's own noise, in squared units; 0 where the coordinator adds it. */
  readonly variance: number;
}

/** Whose noise is the whole of it. */
export function countedOn(settings: Settings): number {
  return Math.floor((2 * fewestMasked(settings)) / 3);
}

/** Below it a sum of discrete Gaussians isn't as good as one; above it the sampler doesn't go. */
const leastVariance = 16;

/**
 * Null where the sum isn't noised. `values`: of one contribution. Units are no finer than own noise can be drawn for. Throws
 * MaskingError 'bad-setting' where there is no such noise.
 */
export function noisedPointOf(settings: Settings, values: number): NoisedPoint | null {
  const { clipNorm, noiseMultiplier, secureAggregation } = settings.privacy;
  if (!isSumNoised(settings) || secureAggregation === undefined) return null;
  if (clipNorm === undefined || noiseMultiplier === undefined)
    throw new MaskingError('bad-setting', 'noise on a masked sum needs a clip norm and a noise multiplier');
  const { bits } = secureAggregation;
  const most = mostQuantised(bits);
  if (mechanismOf(settings) === 'central')
    return { bits, range: clipNorm, sensitivity: roundedNorm(most, values), variance: 0 };
  const members = countedOn(settings);
  const longest = Math.sqrt(mostVariance * members) / noiseMultiplier; // of the sensitivity
  const norm = Math.min(most, longestBefore(longest, values));
  const sensitivity = roundedNorm(norm, values);
  const variance = Math.ceil((noiseMultiplier * sensitivity) ** 2 / members);
  if (!(norm > 0 && variance >= leastVariance && variance <= mostVariance))
    throw new MaskingError(
      'bad-setting',
      `no noise of ${noiseMultiplier} clip norms over ${values} values can be made up by ${members} members`,
    );
  return { bits, range: (clipNorm * most) / norm, sensitivity, variance };
}

/** The longest vector that rounding makes no longer than `rounded`, by bisection; 0 where rounding alone makes it so long. */
function longestBefore(rounded: number, values: number): number {
  let low = 0;
  let high = rounded;
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (roundedNorm(middle, values) <= rounded) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * The row, its tail all zeros, and `told`: what the coordinator has of it in its sum. `contribution`: of an L2 norm of at most the
 * group's clip norm. Throws MaskingError 'wrong-shape'.
 */
export function fillNoisedVector(
  { tensors, values, length }: VectorLayout,
  contribution: TensorMap,
  point: NoisedPoint,
  random: RandomIntegers,
): { readonly vector: Int32Array; readonly told: TensorMap } {
  const unit = unitOf(point);
  const scaled = new Float64Array(values);
  const held = new Map(contribution);
  for (const { name, from, count } of tensors) {
    const tensor = held.get(name);
    if (tensor === undefined) continue;
    held.delete(name);
    if (tensor.data.length !== count)
      throw new MaskingError('wrong-shape', `${name} has ${tensor.data.length} values, not ${count}`);
    for (let at = 0; at < count; at += 1) scaled[from + at] = tensor.data[at]! / unit;
  }
  for (const name of held.keys()) throw new MaskingError('wrong-shape', `the round has no tensor ${name}`);
  const norm = Math.max(1, Math.sqrt(scaled.reduce((sum, value) => sum + value * value, 0)));
  const vector = new Int32Array(length);
  vector.set(roundAtRandom(scaled, norm, random));
  if (point.variance > 0) {
    const draw = discreteGaussian(point.variance, random);
    for (let at = 0; at < values; at += 1) vector[at] = vector[at]! + within(draw);
  }
  const told = new Map<string, Tensor>();
  for (const { name, shape, from, count } of tensors) {
    const data = Float32Array.from(vector.subarray(from, from + count), (one) => one * unit);
    told.set(name, { shape: [...shape], data });
  }
  return { vector, told };
}

/** The ring has room for so much of each; more comes once in 10^29 draws. */
function within(draw: () => number): number {
  for (;;) {
    const drawn = draw();
    if (Math.abs(drawn) <= mostMaskedNoise) return drawn;
  }
}

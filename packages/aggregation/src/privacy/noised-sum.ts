// The mean of a round with noise on its sum, so that no member's part can be told from it: central differential privacy.
//
//   u_t = (sum over those who hold t of x_it  +  N(0, deviation^2)) / divisor,    for every tensor t of the checkpoint
//
// Every x_i is at most C long over all of its tensors together, so one member's leaving moves the whole vector of sums by at most C:
// that is the sensitivity, and `deviation` is noise multiplier times it. The mean over those who hold a tensor has none like it: with
// how many they are it tells who holds what, and one who holds a tensor alone moves it by all of C however many others there are. So
// every tensor is divided by the same number, which depends on nobody's values (how many contributed, or how many a draw asks on
// average), and noise lies on all of them, held by anybody or not: which tensors moved tells nothing either.
// The sum is float32 and the noise float64 before it is rounded: what a float's last bits tell is not accounted for.
import { elementCount, type Tensor, type TensorMap } from '@colora/tensors/tensor';
import type { Schema } from '../contribution.ts';

export interface SumNoise {
  /** Standard normal numbers, one after the other. */
  readonly normal: () => number;
  /** Of the noise on the sum. */
  readonly deviation: number;
  /** Of every tensor's sum. */
  readonly divisor: number;
}

/** Between so many values others get their turn. */
const valuesAtOnce = 65_536;

/** `means`: over those who hold each tensor, of equal weights; `held`: the names that each contribution holds. */
export async function noisedSum(
  schema: Schema,
  means: TensorMap,
  held: readonly ReadonlySet<string>[],
  { normal, deviation, divisor }: SumNoise,
  between: () => Promise<void>,
): Promise<TensorMap> {
  const update = new Map<string, Tensor>();
  for (const [name, { shape }] of schema) {
    const holders = held.reduce((count, names) => count + (names.has(name) ? 1 : 0), 0);
    const mean = means.get(name)?.data;
    const data = new Float32Array(elementCount(shape));
    for (let i = 0; i < data.length; i += 1) {
      data[i] = ((mean === undefined ? 0 : holders * mean[i]!) + deviation * normal()) / divisor;
      if ((i + 1) % valuesAtOnce === 0) await between();
    }
    update.set(name, { shape, data });
  }
  return update;
}

// The last door before the wire: what a round learned becomes what is sent. Clips and adds noise where the
// task group asks for it. Only shared tensors come here.
import { gaussianNoise } from '@colora/privacy/noise/gaussian-noise';
import { systemBytes } from '@colora/privacy/noise/random-integers';
import { ownNoiseOf } from '@colora/protocol/privacy/budget-settings';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { norm, scale } from '@colora/tensors/arithmetic';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import { TrainingError } from '../training-error.ts';

/** Standard normal numbers. */
type Noise = () => number;

/**
 * Scales the update down to the L2 norm `clipNorm`, then adds independent Gaussian noise of standard deviation
 * noiseMultiplier * clipNorm to every value (the Gaussian mechanism of DP-SGD, arXiv 1607.00133, at the client).
 * Without `clipNorm` the update is sent as it is.
 */
export function makeContribution(
  update: TensorMap,
  privacy: TaskSettings['privacy'],
  noise: Noise = secretNoise(),
): TensorMap {
  const { clipNorm } = privacy;
  const noiseMultiplier = ownNoiseOf(privacy);
  if (clipNorm === undefined) {
    if (privacy.noiseMultiplier !== undefined)
      throw new TrainingError('bad-settings', 'noise needs privacy.clipNorm');
    return update;
  }
  const length = norm(update);
  // a hair below the bound, so that rounding to f32 never exceeds what the coordinator admits
  const clipped = length > clipNorm ? scale(update, (clipNorm / length) * (1 - 1e-6)) : update;
  if (noiseMultiplier === undefined) return clipped;
  const deviation = noiseMultiplier * clipNorm;
  return new Map([...clipped].map(([name, tensor]) => [name, noisy(tensor, deviation, noise)]));
}

function noisy({ shape, data }: Tensor, deviation: number, noise: Noise): Tensor {
  return { shape, data: data.map((value) => value + deviation * noise()) };
}

/** From the system's cryptographic generator: nobody can subtract them. */
function secretNoise(): Noise {
  return gaussianNoise(systemBytes);
}

// The starting values of adapter tensors: A gaussian, B zero, S the identity, so that delta = 0 at the start.
// The same seed and tensor name give the same numbers on every machine, whatever else is initialised.
import { seededRandom } from '@colora/tensors/random';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import { type AdapterTensor, adapterTensors } from './adapter-tensors.ts';
import type { AdapterSettings, Linear, Owner } from './layouts.ts';

/**
 * The start of one owner's tensors: A ~ N(0, 1/in), B = 0, S = I.
 * `shared` and `frozen` take the task group's seed (all must agree on them), `personal` the participant's own.
 */
export function initialise(
  settings: AdapterSettings,
  modules: readonly Linear[],
  owner: Owner,
  seed: string | number,
): TensorMap {
  const owned = adapterTensors(settings, modules).filter((tensor) => tensor.owner === owner);
  return new Map(owned.map((tensor) => [tensor.name, startingValue(tensor, seed)]));
}

function startingValue({ name, shape, start }: AdapterTensor, seed: string | number): Tensor {
  const [rows, columns] = shape;
  const data = new Float32Array(rows * columns);
  if (start === 'gaussian') {
    const random = seededRandom(`${seed}/${name}`);
    const deviation = 1 / Math.sqrt(columns); // A is [r, in]
    for (let i = 0; i < data.length; i += 1) data[i] = random.gaussian() * deviation;
  } else if (start === 'identity') {
    for (let i = 0; i < rows; i += 1) data[i * columns + i] = 1;
  }
  return { shape, data };
}

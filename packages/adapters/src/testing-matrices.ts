// For this package's tests only: random tensors for every factor of a layout, and tensors as matrices.
import { seededRandom } from '@colora/tensors/random';
import { elementCount, type Tensor, type TensorMap, tensor } from '@colora/tensors/tensor';
import { Matrix } from 'ml-matrix';
import { adapterTensors } from './adapter-tensors.ts';
import type { AdapterSettings, Linear } from './layouts.ts';

/** Gaussian values for all owners' tensors, S and B included: a point in the middle of training. */
export function randomTensors(
  settings: AdapterSettings,
  modules: readonly Linear[],
  seed: number,
): Map<string, Tensor> {
  const random = seededRandom(seed);
  return new Map(
    adapterTensors(settings, modules).map(({ name, shape }) => [
      name,
      tensor(
        shape,
        Array.from({ length: elementCount(shape) }, () => random.gaussian()),
      ),
    ]),
  );
}

export function toMatrix({ shape, data }: Tensor): Matrix {
  return Matrix.from1DArray(shape[0]!, shape[1]!, data);
}

export function matrixOf(tensors: TensorMap, name: string): Matrix {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`no tensor ${name}`);
  return toMatrix(tensor);
}

/** Largest absolute difference, relative to the largest value of `expected`. */
export function relativeDifference(actual: Matrix, expected: Matrix): number {
  const largest = Math.max(expected.max(), -expected.min(), Number.MIN_VALUE);
  return Matrix.abs(Matrix.sub(actual, expected)).max() / largest;
}

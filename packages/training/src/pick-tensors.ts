// Tensors by name out of more of them, with a refusal that names what doesn't fit.
import type { NamedShape } from '@colora/tensors/pieces';
import { sameShape, type TensorMap } from '@colora/tensors/tensor';
import { TrainingError } from './training-error.ts';

/**
 * The tensors of these names out of `tensors`, in this order. `source` says in the error where one is missing or of
 * a wrong shape: TrainingError `bad-tensors`.
 */
export function pickTensors(tensors: TensorMap, wanted: readonly NamedShape[], source: string): TensorMap {
  return new Map(
    wanted.map(({ name, shape }) => {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new TrainingError('bad-tensors', `${source} lacks the tensor ${name}`);
      if (sameShape(tensor.shape, shape)) return [name, tensor];
      throw new TrainingError(
        'bad-tensors',
        `${source}: tensor ${name} has shape [${tensor.shape.join(', ')}], this task needs [${shape.join(', ')}]`,
      );
    }),
  );
}

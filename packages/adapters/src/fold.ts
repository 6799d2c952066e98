// Folds the paths of every module into one plain LoRA pair with delta = B A: the scale goes into B,
// several paths are concatenated along the rank, and cores are multiplied into B.
// Products run in f64 and are rounded once. Files of other tools are peft.ts.
import { elementCount, sameShape, type Tensor, type TensorMap } from '@colora/tensors/tensor';
import { AdapterError } from './adapter-error.ts';
import { adapterTensors } from './adapter-tensors.ts';
import type { AdapterSettings, Linear } from './layouts.ts';
import { joinColumns, multiply, multiplyBy, stackRows, toMatrix, toTensor } from './matrices.ts';
import { modulePaths } from './paths.ts';

/** A plain LoRA: delta [out, in] = B [out, r] A [r, in], no further scale. */
export interface FoldedAdapter {
  readonly A: Tensor;
  readonly B: Tensor;
}

/**
 * One plain LoRA a module, by module name: `core` gives (c B S, A), `dual` the concatenation (rank r + r').
 * `tensors` holds every owner's tensors; further tensors in it are ignored. To fold the shared part alone,
 * pass the personal start (initialise.ts) for the personal tensors.
 * Throws AdapterError `missing-tensor` or `wrong-shape` naming the tensor.
 */
export function fold(
  settings: AdapterSettings,
  modules: readonly Linear[],
  tensors: TensorMap,
): Map<string, FoldedAdapter> {
  checkTensors(settings, modules, tensors);
  return new Map(
    modules.map((module) => {
      const pairs = modulePaths(settings, module.name).map(({ scale, factors }) => {
        const chain = factors.map((name) => toMatrix(tensors.get(name)!));
        const left = chain.slice(0, -1).reduce(multiply);
        return { A: chain.at(-1)!, B: multiplyBy(left, scale) };
      });
      const A = stackRows(pairs.map((pair) => pair.A));
      const B = joinColumns(pairs.map((pair) => pair.B));
      return [module.name, { A: toTensor(A), B: toTensor(B) }];
    }),
  );
}

function checkTensors(settings: AdapterSettings, modules: readonly Linear[], tensors: TensorMap): void {
  for (const { name, shape } of adapterTensors(settings, modules)) {
    const tensor = tensors.get(name);
    if (tensor === undefined) {
      throw new AdapterError('missing-tensor', `tensor ${name} of layout ${settings.layout} is missing`);
    }
    if (sameShape(tensor.shape, shape) && tensor.data.length === elementCount(shape)) continue;
    throw new AdapterError(
      'wrong-shape',
      `tensor ${name} has shape [${tensor.shape.join(', ')}], expected [${shape.join(', ')}]`,
    );
  }
}

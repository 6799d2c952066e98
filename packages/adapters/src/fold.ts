// Folds the paths of every module into one plain LoRA pair with delta = B A: the scale goes into B,
// several paths are concatenated along the rank, and cores are multiplied into B.
// Products run in f64 and are rounded once. Files of other tools are peft.ts.
import { elementCount, sameShape, type Tensor, type TensorMap } from '@colora/tensors/tensor';
import { AdapterError } from './adapter-error.ts';
import { adapterTensors } from './adapter-tensors.ts';
import type { AdapterSettings, Linear } from './layouts.ts';
import { modulePaths } from './paths.ts';

/** A plain LoRA: delta [out, in] = B [out, r] A [r, in], no further scale. */
export interface FoldedAdapter {
  readonly A: Tensor;
  readonly B: Tensor;
}

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
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

function toMatrix(tensor: Tensor): Matrix {
  const [rows, columns] = tensor.shape as [number, number];
  return { rows, columns, values: Float64Array.from(tensor.data) };
}

function toTensor({ rows, columns, values }: Matrix): Tensor {
  return { shape: [rows, columns], data: Float32Array.from(values) };
}

function multiply(left: Matrix, right: Matrix): Matrix {
  const values = new Float64Array(left.rows * right.columns);
  for (let i = 0; i < left.rows; i += 1) {
    for (let k = 0; k < left.columns; k += 1) {
      const factor = left.values[i * left.columns + k]!;
      for (let j = 0; j < right.columns; j += 1) {
        values[i * right.columns + j]! += factor * right.values[k * right.columns + j]!;
      }
    }
  }
  return { rows: left.rows, columns: right.columns, values };
}

function multiplyBy(matrix: Matrix, factor: number): Matrix {
  return { ...matrix, values: matrix.values.map((value) => value * factor) };
}

function stackRows(blocks: readonly Matrix[]): Matrix {
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  const values = new Float64Array(rows * blocks[0]!.columns);
  let offset = 0;
  for (const block of blocks) {
    values.set(block.values, offset);
    offset += block.values.length;
  }
  return { rows, columns: blocks[0]!.columns, values };
}

function joinColumns(blocks: readonly Matrix[]): Matrix {
  const { rows } = blocks[0]!;
  const columns = blocks.reduce((sum, block) => sum + block.columns, 0);
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    let offset = row * columns;
    for (const block of blocks) {
      values.set(block.values.subarray(row * block.columns, (row + 1) * block.columns), offset);
      offset += block.columns;
    }
  }
  return { rows, columns, values };
}

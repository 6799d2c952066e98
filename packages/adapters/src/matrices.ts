// Matrices in double precision, between tensors and tensors: what folding and blending compute with.
import type { Tensor } from '@colora/tensors/tensor';

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

export function toMatrix(tensor: Tensor): Matrix {
  const [rows, columns] = tensor.shape as [number, number];
  return { rows, columns, values: Float64Array.from(tensor.data) };
}

export function toTensor({ rows, columns, values }: Matrix): Tensor {
  return { shape: [rows, columns], data: Float32Array.from(values) };
}

export function multiply(left: Matrix, right: Matrix): Matrix {
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

export function multiplyBy(matrix: Matrix, factor: number): Matrix {
  return { ...matrix, values: matrix.values.map((value) => value * factor) };
}

export function stackRows(blocks: readonly Matrix[]): Matrix {
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  const values = new Float64Array(rows * blocks[0]!.columns);
  let offset = 0;
  for (const block of blocks) {
    values.set(block.values, offset);
    offset += block.values.length;
  }
  return { rows, columns: blocks[0]!.columns, values };
}

export function joinColumns(blocks: readonly Matrix[]): Matrix {
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

// Undoing what llama.cpp's converter did to whole tensors (architectures.ts says which). Works on elements of any
// width: moving rows and columns needs no values.
import type { Undo } from './architectures.ts';

type Elements = Float32Array | Uint16Array;

/** A fresh array of the checkpoint's values; `shape` is the stored one. */
export function restored<T extends Elements>(values: T, shape: readonly number[], undo: Undo): T {
  if (undo.kind === 'rotary') return halvesApart(values, shape[0]!, undo.heads);
  if (undo.kind === 'transpose') return transposed(values, shape);
  return values.map((value) => value - 1) as T;
}

/** Rows of a head from (pair i: first, second) to all first ones, then all second ones. Also for biases. */
function halvesApart<T extends Elements>(values: T, rows: number, heads: number): T {
  const width = values.length / rows;
  const headRows = rows / heads;
  const half = headRows / 2;
  const target = values.slice() as T;
  for (let row = 0; row < rows; row += 1) {
    const within = row % headRows;
    const source = row - within + 2 * (within % half) + Math.floor(within / half);
    target.set(values.subarray(source * width, (source + 1) * width) as never, row * width);
  }
  return target;
}

/** The way back, [rows, width]: from all first rows of a head, then all second ones, to pair by pair. */
export function pairsTogether(values: Float32Array, rows: number, heads: number): Float32Array {
  const width = values.length / rows;
  const headRows = rows / heads;
  const half = headRows / 2;
  const target = new Float32Array(values.length);
  for (let row = 0; row < rows; row += 1) {
    const within = row % headRows;
    const place = row - within + 2 * (within % half) + Math.floor(within / half);
    target.set(values.subarray(row * width, (row + 1) * width), place * width);
  }
  return target;
}

/** [rows, columns] -> [columns, rows] */
export function transposed<T extends Elements>(values: T, shape: readonly number[]): T {
  const [rows, columns] = shape as [number, number];
  const target = values.slice() as T;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      target[column * rows + row] = values[row * columns + column]!;
    }
  }
  return target;
}

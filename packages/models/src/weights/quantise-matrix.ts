// A matrix in fewer bits, in the two forms that onnxruntime multiplies with quickly. Numbers only: which weights
// are quantised and where they are kept is quantised-base.ts.

/** Whole columns share a scale: value = data * scales[column]. */
export interface ByteColumns {
  /** [rows, columns] */
  readonly data: Int8Array;
  /** [columns] */
  readonly scales: Float32Array;
}

/** Symmetric int8, nearest: the largest magnitude of a column becomes 127. values [rows, columns], row by row. */
export function byteColumns(values: Float32Array, rows: number, columns: number): ByteColumns {
  const scales = new Float32Array(columns);
  for (let start = 0; start < values.length; start += columns) {
    for (let column = 0; column < columns; column += 1) {
      const magnitude = Math.abs(values[start + column]!);
      if (magnitude > scales[column]!) scales[column] = magnitude;
    }
  }
  for (let column = 0; column < columns; column += 1) scales[column]! /= 127;
  const data = new Int8Array(rows * columns);
  for (let start = 0; start < values.length; start += columns) {
    for (let column = 0; column < columns; column += 1) {
      const scale = scales[column]!;
      data[start + column] = scale === 0 ? 0 : Math.round(values[start + column]! / scale);
    }
  }
  return { data, scales };
}

/** Values of a row that share a scale: 64 as in QLoRA (arXiv 2305.14314, section 3), fewer where that leaves a rest. */
export function blockOf(width: number): number | undefined {
  return [64, 32, 16].find((block) => width % block === 0);
}

/** Blocks of a row share a scale. The layout is that of onnxruntime's MatMulNBits. */
interface RowBlocks {
  /** [rows, blocks, bytes]; of nibbles the first of two values lies in the lower half of a byte. */
  readonly data: Uint8Array;
  /** [rows, blocks] */
  readonly scales: Float32Array;
}

/** Four bits, nearest, value = (nibble - 8) * scale: the value of largest magnitude in a block becomes 0, that is -8 scales. values [rows, columns]. */
export function nibbleBlocks(values: Float32Array, rows: number, columns: number, block: number): RowBlocks {
  const data = new Uint8Array((rows * columns) / 2);
  const scales = new Float32Array((rows * columns) / block);
  for (let at = 0; at < scales.length; at += 1) {
    const start = at * block;
    const scale = extreme(values, start, block) / -8;
    scales[at] = scale;
    for (let i = start; i < start + block; i += 2) {
      data[i >> 1] = nibble(values[i]!, scale) | (nibble(values[i + 1]!, scale) << 4);
    }
  }
  return { data, scales };
}

/** The same blocks in bytes: value = (byte - 128) * scale, the largest magnitude of a block becomes 127 scales. */
export function byteBlocks(values: Float32Array, block: number): RowBlocks {
  const data = new Uint8Array(values.length);
  const scales = new Float32Array(values.length / block);
  for (let at = 0; at < scales.length; at += 1) {
    const start = at * block;
    const scale = Math.abs(extreme(values, start, block)) / 127;
    scales[at] = scale;
    for (let i = start; i < start + block; i += 1) {
      data[i] = scale === 0 ? 128 : Math.round(values[i]! / scale) + 128;
    }
  }
  return { data, scales };
}

function nibble(value: number, scale: number): number {
  return scale === 0 ? 8 : Math.min(15, Math.round(value / scale) + 8);
}

/** The value of largest magnitude. */
function extreme(values: Float32Array, start: number, length: number): number {
  let found = 0;
  for (let i = start; i < start + length; i += 1) {
    if (Math.abs(values[i]!) > Math.abs(found)) found = values[i]!;
  }
  return found;
}

/** Rows and columns of a square that is turned round while it lies in the processor's cache. */
const square = 32;

/** [rows, columns] -> [columns, rows] */
export function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let top = 0; top < rows; top += square) {
    const bottom = Math.min(rows, top + square);
    for (let left = 0; left < columns; left += square) {
      const right = Math.min(columns, left + square);
      for (let row = top; row < bottom; row += 1) {
        for (let column = left; column < right; column += 1) {
          result[column * rows + row] = values[row * columns + column]!;
        }
      }
    }
  }
  return result;
}

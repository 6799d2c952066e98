// The sum of squares of values, in float64: what norms are made of, and NaN or infinity where a value is no number.
import { type Kernels, openKernels, roundUp } from './kernels.ts';
import { pieceElements } from './pieces.ts';
import { bytesOf } from './tensor-bytes.ts';

let kernels: Kernels | undefined;

/** Squares of finite float32 values cannot overflow it, so it is finite exactly where all values are. */
export function sumOfSquares(data: Float32Array): number {
  let sum = 0;
  for (let from = 0; from < data.length; from += pieceElements)
    sum += squares(data.subarray(from, from + pieceElements));
  return sum;
}

function squares(data: Float32Array): number {
  kernels ??= openKernels(4 * pieceElements);
  const count = roundUp(data.length, 4);
  const there = new Uint8Array(kernels.memory.buffer, 0, 4 * count);
  there.set(bytesOf(data));
  there.fill(0, 4 * data.length);
  return kernels.squaresOfFloats(0, count);
}

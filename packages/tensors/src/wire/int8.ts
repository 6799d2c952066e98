// Blocks of 64 values that share a scale: x is sent as the integer q of x = scale q, scale = max|x| / 127, rounded
// stochastically (QSGD, Alistarh et al. 2017, arXiv 1610.02132, with a scale a block), so that the mean over many
// senders is unbiased. A range is first all of its scales (float32), then all of its integers: 1.0625 bytes a value.
import { type Kernels, openKernels } from '../kernels.ts';
import { pieceElements } from '../pieces.ts';
import { alignedFloats, bytesOf, toLittleEndian } from '../tensor-bytes.ts';
import type { WireEncoding } from './wire-encoding.ts';
import { assertRangeLength, badEncoding, lengthIsKnown } from './wire-error.ts';

const block = 64;
const levels = 127;
/** Above it, scale * -128 would pass float32's range. */
const largestScale = 2 ** 120;

const blocksOf = (elements: number) => Math.ceil(elements / block);
const byteLength = (elements: number) => 4 * blocksOf(elements) + elements;

export const int8Encoding: WireEncoding = {
  name: 'int8',
  dtype: 'U8',
  byteLength,
  lengthFromPrefix: lengthIsKnown,
  decodeRange(bytes, out, tensor) {
    const { kernels, integers, blocks } = openRange(bytes, out.length, tensor);
    kernels.decodeBlocks(integers, 0, blocks, decodedAt);
    out.set(new Float32Array(kernels.memory.buffer, decodedAt, out.length));
  },
  sumOfSquares(bytes, elements, tensor) {
    const { kernels, integers, blocks } = openRange(bytes, elements, tensor);
    return kernels.squaresOfBlocks(integers, 0, blocks);
  },
  encodeRange(values, uniform) {
    const scales = new Float32Array(blocksOf(values.length));
    const bytes = new Uint8Array(byteLength(values.length));
    const integers = new Int8Array(bytes.buffer, scales.byteLength);
    for (let start = 0, at = 0; start < values.length; start += block, at += 1) {
      const end = Math.min(start + block, values.length);
      const scale = Math.fround(largestMagnitude(values, start, end) / levels);
      scales[at] = Math.min(scale, largestScale);
      quantise(values, integers, start, end, scales[at]!, uniform);
    }
    toLittleEndian(bytesOf(scales), 4);
    bytes.set(bytesOf(scales));
    return bytes;
  },
};

/** A range as it is sent lies at 0, and its values follow where they are decoded. */
const decodedAt = byteLength(pieceElements);
let opened: Kernels | undefined;

/** Checks a range and lays it before the kernels, the last block filled up with zeros. */
function openRange(bytes: Uint8Array, elements: number, tensor: string) {
  assertRangeLength(bytes, byteLength(elements), tensor);
  const blocks = blocksOf(elements);
  for (const scale of alignedFloats(bytes.subarray(0, 4 * blocks))) {
    if (scale >= 0 && scale <= largestScale) continue; // false for NaN too
    throw badEncoding(tensor, 'a scale of its int8 blocks is negative, too large or no number');
  }
  opened ??= openKernels(decodedAt + 4 * pieceElements);
  const there = new Uint8Array(opened.memory.buffer, 0, 4 * blocks + block * blocks);
  there.set(bytes);
  there.fill(0, bytes.length);
  return { kernels: opened, integers: 4 * blocks, blocks };
}

function largestMagnitude(values: Float32Array, start: number, end: number): number {
  let largest = 0;
  for (let i = start; i < end; i += 1) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

/** A block of zeros, and one whose scale is below float32's smallest, has the scale 0 and integers 0. */
function quantise(
  values: Float32Array,
  integers: Int8Array,
  start: number,
  end: number,
  scale: number,
  uniform: () => number,
): void {
  if (scale === 0) return;
  for (let i = start; i < end; i += 1) {
    const rounded = Math.floor(values[i]! / scale + uniform());
    integers[i] = rounded > levels ? levels : rounded < -levels ? -levels : rounded; // the scale itself was rounded
  }
}

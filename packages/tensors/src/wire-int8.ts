// Blocks of 64 values that share a scale: x is sent as the integer q of x = scale q, scale = max|x| / 127, rounded
// stochastically (QSGD, Alistarh et al. 2017, arXiv 1610.02132, with a scale a block), so that the mean over many
// senders is unbiased. A range is first all of its scales (float32), then all of its integers: 1.0625 bytes a value.
import { alignedFloats, bytesOf, toLittleEndian } from './tensor-bytes.ts';
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
  byteLength,
  lengthFromPrefix: lengthIsKnown,
  decodeRange(bytes, out, tensor) {
    const { scales, integers } = openRange(bytes, out.length, tensor);
    const whole = out.length - (out.length % block);
    for (let start = 0, at = 0; start < whole; start += block, at += 1) {
      decodeBlock(integers, scales[at]!, out, start);
    }
    for (let i = whole; i < out.length; i += 1) out[i] = scales.at(-1)! * integers[i]!;
  },
  sumOfSquares(bytes, elements, tensor) {
    const { scales, integers } = openRange(bytes, elements, tensor);
    let sum = 0;
    for (let start = 0, at = 0; start < elements; start += block, at += 1) {
      const scale = scales[at]!;
      sum += scale * scale * squaresOfIntegers(integers, start, Math.min(start + block, elements));
    }
    return sum;
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

function openRange(bytes: Uint8Array, elements: number, tensor: string) {
  assertRangeLength(bytes, byteLength(elements), tensor);
  const scaleBytes = 4 * blocksOf(elements);
  const scales = alignedFloats(bytes.subarray(0, scaleBytes));
  for (const scale of scales) {
    if (scale >= 0 && scale <= largestScale) continue; // false for NaN too
    throw badEncoding(tensor, 'a scale of its int8 blocks is negative, too large or no number');
  }
  return { scales, integers: new Int8Array(bytes.buffer, bytes.byteOffset + scaleBytes, elements) };
}

/** Of one block: an exact integer. */
function squaresOfIntegers(integers: Int8Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i += 1) sum += integers[i]! * integers[i]!;
  return sum;
}

/** Four at a time: twice as fast in V8. */
function decodeBlock(integers: Int8Array, scale: number, out: Float32Array, start: number): void {
  for (let i = start; i < start + block; i += 4) {
    out[i] = scale * integers[i]!;
    out[i + 1] = scale * integers[i + 1]!;
    out[i + 2] = scale * integers[i + 2]!;
    out[i + 3] = scale * integers[i + 3]!;
  }
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

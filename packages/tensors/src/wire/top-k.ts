// Only some values of a range, the others being zero: u32 count, then so many u16 indices within the range, ascending,
// then so many bfloat16 values (top-k sparsification with error feedback: Stich et al. 2018, arXiv 1809.07599).
// Not here: which values are worth sending (top-values.ts); a range sends all of its values that are not zero.
import { floatBits, toFiniteBf16 } from '../dtype.ts';
import { alignedHalves, bytesOf, toLittleEndian } from '../tensor-bytes.ts';
import type { WireEncoding } from './wire-encoding.ts';
import { assertRangeLength, badEncoding } from './wire-error.ts';

const countBytes = 4;

export const topKEncoding: WireEncoding = {
  name: 'top-k',
  dtype: 'U8',
  byteLength: () => null,
  lengthFromPrefix(prefix, elements, tensor) {
    if (prefix.length < countBytes) throw badEncoding(tensor, 'a range ends before its count of values');
    const count = new DataView(prefix.buffer, prefix.byteOffset, countBytes).getUint32(0, true);
    if (count > elements) {
      throw badEncoding(tensor, `a range of ${elements} elements claims ${count} values`);
    }
    return countBytes + 4 * count;
  },
  decodeRange(bytes, out, tensor) {
    const length = topKEncoding.lengthFromPrefix(bytes, out.length, tensor);
    assertRangeLength(bytes, length, tensor);
    const count = (length - countBytes) / 4;
    const halves = alignedHalves(bytes.subarray(countBytes));
    assertIndices(halves.subarray(0, count), out.length, tensor);
    out.fill(0);
    const bits = floatBits(out);
    for (let i = 0; i < count; i += 1) bits[halves[i]!] = halves[count + i]! << 16;
  },
  encodeRange(values) {
    const kept: number[] = [];
    for (let i = 0; i < values.length; i += 1) if (values[i] !== 0) kept.push(i);
    const bytes = new Uint8Array(countBytes + 4 * kept.length);
    new DataView(bytes.buffer).setUint32(0, kept.length, true);
    const halves = new Uint16Array(bytes.buffer, countBytes);
    halves.set(kept);
    halves.set(toFiniteBf16(Float32Array.from(kept, (at) => values[at]!)), kept.length);
    toLittleEndian(bytesOf(halves), 2);
    return bytes;
  },
};

/** Ascending indices can't name an element twice, so the last one alone has to be within the range. */
function assertIndices(indices: Uint16Array, elements: number, tensor: string): void {
  let before = -1;
  for (let i = 0; i < indices.length; i += 1) {
    const index = indices[i]!;
    if (index <= before) throw badEncoding(tensor, 'the indices of a range do not ascend');
    before = index;
  }
  if (before >= elements)
    throw badEncoding(tensor, `an index is ${before}, in a range of ${elements} elements`);
}

// bfloat16, two little-endian bytes a value, rounded to the nearest: float32's range with 8 bits of significand.
import { bf16Into, toFiniteBf16 } from '../dtype.ts';
import { alignedHalves, bytesOf, toLittleEndian } from '../tensor-bytes.ts';
import type { WireEncoding } from './wire-encoding.ts';
import { assertRangeLength, lengthIsKnown } from './wire-error.ts';

export const bf16Encoding: WireEncoding = {
  name: 'bf16',
  dtype: 'BF16',
  byteLength: (elements) => 2 * elements,
  lengthFromPrefix: lengthIsKnown,
  decodeRange(bytes, out, tensor) {
    assertRangeLength(bytes, 2 * out.length, tensor);
    bf16Into(alignedHalves(bytes), out);
  },
  encodeRange(values) {
    const bytes = bytesOf(toFiniteBf16(values));
    toLittleEndian(bytes, 2);
    return bytes;
  },
};

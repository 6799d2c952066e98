// IEEE 754 binary16, two little-endian bytes a value, rounded to the nearest: 11 bits of significand, up to 65504.
import { f16Into, toF16 } from '../dtype.ts';
import { alignedHalves, bytesOf, toLittleEndian } from '../tensor-bytes.ts';
import type { WireEncoding } from './wire-encoding.ts';
import { assertRangeLength, lengthIsKnown } from './wire-error.ts';

const largest = 0x7bff; // 65504; the code after it is infinity

export const f16Encoding: WireEncoding = {
  name: 'f16',
  dtype: 'F16',
  byteLength: (elements) => 2 * elements,
  lengthFromPrefix: lengthIsKnown,
  decodeRange(bytes, out, tensor) {
    assertRangeLength(bytes, 2 * out.length, tensor);
    f16Into(alignedHalves(bytes), out);
  },
  encodeRange(values) {
    const halves = toF16(values);
    for (let i = 0; i < halves.length; i += 1) {
      const half = halves[i]!;
      if ((half & 0x7fff) === largest + 1) halves[i] = (half & 0x8000) | largest;
    }
    const bytes = bytesOf(halves);
    toLittleEndian(bytes, 2);
    return bytes;
  },
};

// float32 as it is: four little-endian bytes a value.
import { sumOfSquares } from '../sum-of-squares.ts';
import { alignedFloats, bytesOf, toLittleEndian } from '../tensor-bytes.ts';
import type { WireEncoding } from './wire-encoding.ts';
import { assertRangeLength, lengthIsKnown } from './wire-error.ts';

export const f32Encoding: WireEncoding = {
  name: 'f32',
  dtype: 'F32',
  byteLength: (elements) => 4 * elements,
  lengthFromPrefix: lengthIsKnown,
  decodeRange(bytes, out, tensor) {
    assertRangeLength(bytes, 4 * out.length, tensor);
    bytesOf(out).set(bytes);
    toLittleEndian(bytesOf(out), 4);
  },
  sumOfSquares(bytes, elements, tensor) {
    assertRangeLength(bytes, 4 * elements, tensor);
    return sumOfSquares(alignedFloats(bytes));
  },
  encodeRange(values) {
    const bytes = bytesOf(values).slice();
    toLittleEndian(bytes, 4);
    return bytes;
  },
};

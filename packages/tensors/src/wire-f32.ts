// float32 as it is: four little-endian bytes a value.
import { bytesOf, toLittleEndian } from './tensor-bytes.ts';
import type { WireEncoding } from './wire-encoding.ts';
import { assertRangeLength, lengthIsKnown } from './wire-error.ts';

export const f32Encoding: WireEncoding = {
  name: 'f32',
  byteLength: (elements) => 4 * elements,
  lengthFromPrefix: lengthIsKnown,
  decodeRange(bytes, out, tensor) {
    assertRangeLength(bytes, 4 * out.length, tensor);
    bytesOf(out).set(bytes);
    toLittleEndian(bytesOf(out), 4);
  },
  encodeRange(values) {
    const bytes = bytesOf(values).slice();
    toLittleEndian(bytes, 4);
    return bytes;
  },
};

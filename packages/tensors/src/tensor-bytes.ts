// Values to little-endian bytes and back, for the three float formats. Bytes may lie at any offset of their buffer.
// Not here: headers, names and shapes (safetensors.ts).
import { type FloatDType, fromBf16, fromF16, toBf16, toF16 } from './dtype.ts';

const littleEndianMachine = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Decodes little-endian values into fresh memory; `bytes` must be whole elements of `dtype`. */
export function floatsFromBytes(dtype: FloatDType, bytes: Uint8Array): Float32Array {
  if (dtype === 'F32') {
    const values = new Float32Array(bytes.length / 4);
    copyLittleEndian(bytes, bytesOf(values), 4);
    return values;
  }
  const halves = new Uint16Array(bytes.length / 2);
  copyLittleEndian(bytes, bytesOf(halves), 2);
  return dtype === 'F16' ? fromF16(halves) : fromBf16(halves);
}

/** Encodes values as little-endian bytes into `target`, which must be exactly as long as they need. */
export function writeFloats(dtype: FloatDType, values: Float32Array, target: Uint8Array): void {
  if (dtype === 'F32') copyLittleEndian(bytesOf(values), target, 4);
  else copyLittleEndian(bytesOf(dtype === 'F16' ? toF16(values) : toBf16(values)), target, 2);
}

/** The memory of a typed array as bytes, not copied. */
export function bytesOf(array: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** A byte copy that needs no alignment; on a big-endian machine each element is turned round. */
function copyLittleEndian(source: Uint8Array, target: Uint8Array, elementSize: 2 | 4): void {
  target.set(source);
  if (!littleEndianMachine) reverseElements(target, elementSize);
}

/** Turns the bytes of every element round, in place. */
export function reverseElements(bytes: Uint8Array, elementSize: number): void {
  for (let start = 0; start < bytes.length; start += elementSize) {
    bytes.subarray(start, start + elementSize).reverse();
  }
}

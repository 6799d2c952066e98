// Values to little-endian bytes and back, for the three float formats. Bytes may lie at any offset of their buffer.
// Not here: headers, names and shapes (safetensors.ts).
import { type FloatDType, fromBf16, fromF16, toBf16, toF16 } from './dtype.ts';

export const littleEndianMachine = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Decodes little-endian values into fresh memory; `bytes` must be whole elements of `dtype`. */
export function floatsFromBytes(dtype: FloatDType, bytes: Uint8Array): Float32Array {
  // A copy begins at offset 0 of its own buffer: that alone makes every element aligned. Uint8Array.from would do,
  // but slowly; a Buffer's slice would not copy.
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return floatsInPlace(dtype, copy);
}

/** The same, but takes over `bytes`, which must own its whole buffer: F32 costs no copy. */
export function floatsInPlace(dtype: FloatDType, bytes: Uint8Array<ArrayBuffer>): Float32Array {
  const elementSize = dtype === 'F32' ? 4 : 2;
  if (!littleEndianMachine) reverseElements(bytes, elementSize);
  if (dtype === 'F32') return new Float32Array(bytes.buffer);
  const halves = new Uint16Array(bytes.buffer);
  return dtype === 'F16' ? fromF16(halves) : fromBf16(halves);
}

/** Encodes values as little-endian bytes into `target`, which must be exactly as long as they need. */
export function writeFloats(dtype: FloatDType, values: Float32Array, target: Uint8Array): void {
  if (dtype === 'F32') target.set(bytesOf(values));
  else target.set(bytesOf(dtype === 'F16' ? toF16(values) : toBf16(values)));
  if (!littleEndianMachine) reverseElements(target, dtype === 'F32' ? 4 : 2);
}

/** The memory of a typed array as bytes, not copied. */
export function bytesOf(array: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Little-endian 16-bit words of bytes that may lie unaligned: a view of them where that can be, else a copy. */
export function alignedHalves(bytes: Uint8Array): Uint16Array {
  if (bytes.byteOffset % 2 === 0 && littleEndianMachine)
    return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 1);
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  toLittleEndian(copy, 2);
  return new Uint16Array(copy.buffer, 0, bytes.length >>> 1);
}

/** The same of float32 values. */
export function alignedFloats(bytes: Uint8Array): Float32Array {
  if (bytes.byteOffset % 4 === 0 && littleEndianMachine)
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  return floatsFromBytes('F32', bytes);
}

/** Turns this machine's order of bytes into the wire's, or back, in place. */
export function toLittleEndian(bytes: Uint8Array, elementSize: number): void {
  if (!littleEndianMachine) reverseElements(bytes, elementSize);
}

/** The parts one after the other, in memory that `take` gives; fresh one unless told. */
export function joined(
  parts: readonly Uint8Array[],
  take = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length),
): Uint8Array<ArrayBuffer> {
  const bytes = take(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Turns the bytes of every element round, in place. */
export function reverseElements(bytes: Uint8Array, elementSize: number): void {
  for (let start = 0; start < bytes.length; start += elementSize) {
    bytes.subarray(start, start + elementSize).reverse();
  }
}

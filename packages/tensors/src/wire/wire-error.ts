// What the encodings say of bytes that are none of theirs. Messages name the tensor and hold none of its values.
import { SafetensorsError } from '../safetensors/safetensors-error.ts';

export function badEncoding(tensor: string, what: string): SafetensorsError {
  return new SafetensorsError('bad-encoding', `tensor ${tensor}: ${what}`);
}

export function assertRangeLength(bytes: Uint8Array, expected: number, tensor: string): void {
  if (bytes.length === expected) return;
  throw badEncoding(tensor, `a range needs ${expected} bytes and has ${bytes.length}`);
}

/** lengthFromPrefix of an encoding whose lengths follow from the number of elements. */
export function lengthIsKnown(): never {
  throw new RangeError('the length of such a range follows from its elements');
}

// Whole numbers modulo 2^16, 2^24 or 2^32, as masked contributions are made of, and how they lie in bytes (little end first). In memory
// they are 32-bit words whose upper bits may hold anything until they are written: sums and differences modulo 2^32 are right modulo
// the smaller powers too. Which of the three holds a round's sum is the protocol's masking-ring.ts.
import type { Ring } from '@colora/protocol/masking/masking-ring';
import { littleEndianMachine } from '@colora/tensors/tensor-bytes';
import { MaskingError } from '../masking-error.ts';

export const ringBytes = (ring: Ring) => ring / 8;

/** The words, `ring` bits each. */
export function writeRing(words: Int32Array, ring: Ring): Uint8Array {
  const size = ringBytes(ring);
  const bytes = new Uint8Array(words.length * size);
  for (let at = 0, to = 0; at < words.length; at += 1) {
    let word = words[at]!;
    for (let byte = 0; byte < size; byte += 1, word >>= 8) bytes[to++] = word;
  }
  return bytes;
}

/** Adds `sign` times the ring's elements in `bytes` to `words`, modulo 2^32 (their lower `ring` bits are what counts). */
export function addRing(words: Int32Array, bytes: Uint8Array, ring: Ring, sign: 1 | -1): void {
  const size = ringBytes(ring);
  if (bytes.length !== words.length * size)
    throw new MaskingError(
      'wrong-shape',
      `${bytes.length} bytes are not ${words.length} values of ${ring} bits`,
    );
  const isAligned = bytes.byteOffset % 4 === 0 && littleEndianMachine;
  const fours = isAligned ? words.length >> 2 : 0;
  if (fours > 0) addFours[ring](words, new Int32Array(bytes.buffer, bytes.byteOffset, fours * size), sign);
  for (let at = 4 * fours; at < words.length; at += 1) {
    let element = 0;
    for (let byte = size - 1; byte >= 0; byte -= 1) element = (element << 8) | bytes[at * size + byte]!;
    words[at] = words[at]! + sign * element;
  }
}

/** Four elements at a time out of one word of 32 bits for each of their bytes; upper bits of what is added may be a neighbour's. */
const addFours: Readonly<Record<Ring, (words: Int32Array, packed: Int32Array, sign: number) => void>> = {
  16(words, packed, sign) {
    for (let from = 0, at = 0; from < packed.length; from += 1, at += 2) {
      const both = packed[from]!;
      words[at] = words[at]! + sign * both;
      words[at + 1] = words[at + 1]! + sign * (both >>> 16);
    }
  },
  24(words, packed, sign) {
    for (let from = 0, at = 0; from < packed.length; from += 3, at += 4) {
      const first = packed[from]!;
      const second = packed[from + 1]!;
      const third = packed[from + 2]!;
      words[at] = words[at]! + sign * first;
      words[at + 1] = words[at + 1]! + sign * ((first >>> 24) | (second << 8));
      words[at + 2] = words[at + 2]! + sign * ((second >>> 16) | (third << 16));
      words[at + 3] = words[at + 3]! + sign * (third >>> 8);
    }
  },
  32(words, packed, sign) {
    for (let at = 0; at < packed.length; at += 1) words[at] = words[at]! + sign * packed[at]!;
  },
};

/** The words as the numbers of least size that they stand for: in [-2^(ring - 1), 2^(ring - 1)). In place. */
export function centre(words: Int32Array, ring: Ring): Int32Array {
  const idle = 32 - ring;
  for (let at = 0; at < words.length; at += 1) words[at] = (words[at]! << idle) >> idle;
  return words;
}

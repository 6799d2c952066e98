// Whole numbers modulo 2^16, 2^24 or 2^32, as masked contributions are made of, and how they lie in bytes (little end first). In memory
// they are 32-bit words whose upper bits may hold anything until they are written: sums and differences modulo 2^32 (ring-sum.ts) are right modulo
// the smaller powers too. Which of the three holds a round's sum is the protocol's masking-ring.ts.
import type { Ring } from '@colora/protocol/masking/masking-ring';

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

/** The words as the numbers of least size that they stand for: in [-2^(ring - 1), 2^(ring - 1)). In place. */
export function centre(words: Int32Array, ring: Ring): Int32Array {
  const idle = 32 - ring;
  for (let at = 0; at < words.length; at += 1) words[at] = (words[at]! << idle) >> idle;
  return words;
}

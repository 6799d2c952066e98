// A row of a ring's numbers that others are added to and taken from, in the memory of the loops that do so (tensors' kernels.ts): each
// byte of each masked contribution and of each mask goes through here.
import type { Ring } from '@colora/protocol/masking/masking-ring';
import { closeKernels, type Kernels, openKernels, roundUp } from '@colora/tensors/kernels';
import { MaskingError } from '../masking-error.ts';
import { ringBytes } from './ring.ts';

export interface RingSum {
  readonly ring: Ring;
  readonly length: number;
  /** Adds `sign` times the elements in `bytes` from number `at` on, modulo 2^32: the lower `ring` bits are what counts. */
  add(bytes: Uint8Array, sign: 1 | -1, at?: number): void;
  /** The sum goes into the words that it was opened with, and its memory to others. Nothing is added afterwards. */
  close(): void;
}

/** Elements that are copied in at once. */
const block = 32_768;
const together = 4;

/** `words`: what the sum begins with, and where it ends up. Whoever opens it closes it, whatever happens. */
export function openRingSum(words: Int32Array, ring: Ring): RingSum {
  const packedAt = roundUp(4 * words.length, 16) + 16;
  const kernels = openKernels(packedAt + 4 * block + 16);
  const { buffer } = kernels.memory;
  const row = new Int32Array(buffer, 0, words.length);
  const packed = new Uint8Array(buffer, packedAt, 4 * block);
  const addBlock = loopOf(kernels, ring);
  const size = ringBytes(ring);
  row.set(words);
  return {
    ring,
    length: words.length,
    add(bytes, sign, at = 0) {
      if (bytes.length % size !== 0 || at + bytes.length / size > words.length)
        throw new MaskingError(
          'wrong-shape',
          `${bytes.length} bytes from number ${at} on are not numbers of ${ring} bits out of ${words.length}`,
        );
      for (let from = 0; from < bytes.length; from += block * size) {
        const part = bytes.subarray(from, from + block * size);
        const count = roundUp(part.length / size, together);
        packed.set(part);
        packed.fill(0, part.length, count * size); // numbers behind the last stay as they are
        addBlock(4 * (at + from / size), packedAt, count, sign === 1 ? 0 : -1);
      }
    },
    close() {
      words.set(row);
      closeKernels(kernels);
    },
  };
}

function loopOf(kernels: Kernels, ring: Ring): Kernels['addRing16'] {
  if (ring === 16) return kernels.addRing16;
  return ring === 24 ? kernels.addRing24 : kernels.addRing32;
}

/** The same of all of `words` and one row alone. */
export function addRing(words: Int32Array, bytes: Uint8Array, ring: Ring, sign: 1 | -1): void {
  if (bytes.length !== words.length * ringBytes(ring))
    throw new MaskingError(
      'wrong-shape',
      `${bytes.length} bytes are not ${words.length} values of ${ring} bits`,
    );
  const sum = openRingSum(words, ring);
  sum.add(bytes, sign);
  sum.close();
}

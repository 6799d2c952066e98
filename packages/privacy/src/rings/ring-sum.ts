// A row of a ring's numbers that others are added to and taken from, in the memory of the loops that do so (tensors' kernels.ts): each
// byte of each masked contribution and of each mask goes through here.
import type { Ring } from '@colora/protocol/masking/masking-ring';
import { closeKernels, type Kernels, openKernels, roundUp } from '@colora/tensors/kernels';
import { MaskingError } from '../masking-error.ts';
import { ringBytes } from './ring.ts';

export interface RingSum {
  readonly ring: Ring;
  readonly length: number;
  /** Adds `sign` times the elements in `bytes`, as many as it has, modulo 2^32: the lower `ring` bits are what counts. */
  add(bytes: Uint8Array, sign: 1 | -1): void;
  /** The same of some elements, from its number `at` on. */
  addFrom(at: number, bytes: Uint8Array, sign: 1 | -1): void;
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
  const addFrom: RingSum['addFrom'] = (at, bytes, sign) => {
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
  };
  return {
    ring,
    length: words.length,
    addFrom,
    add(bytes, sign) {
      if (bytes.length !== words.length * size)
        throw new MaskingError(
          'wrong-shape',
          `${bytes.length} bytes are not ${words.length} values of ${ring} bits`,
        );
      addFrom(0, bytes, sign);
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

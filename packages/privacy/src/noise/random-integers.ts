// Random integers and coins without bias, out of a source of random bytes.
import { randomBytes } from 'node:crypto';

/** So many bytes that nobody can foretell, fresh at every call. */
export type RandomBytes = (count: number) => Uint8Array;

/** The system's cryptographic generator. */
export const systemBytes: RandomBytes = randomBytes;

export interface RandomIntegers {
  /** Uniform on 0 .. n - 1; n is an integer from 1 to 2^53. */
  below(n: number): number;
  /** Uniform on [0, 1), 53 random bits. */
  fraction(): number;
}

const bufferBytes = 65_536;

export function randomIntegers(source: RandomBytes): RandomIntegers {
  let words = new DataView<ArrayBufferLike>(new ArrayBuffer(0));
  let at = 0;
  const word = () => {
    if (at === words.byteLength) {
      const bytes = source(bufferBytes);
      words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      at = 0;
    }
    at += 4;
    return words.getUint32(at - 4, true);
  };
  const wide = () => (word() >>> 5) * 0x4000000 + (word() >>> 6);
  const below = (n: number) => {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 53)
      throw new RangeError(`below(n) needs an integer n from 1 to 2^53, not ${n}`);
    const draw = n <= 2 ** 32 ? word : wide;
    const range = n <= 2 ** 32 ? 2 ** 32 : 2 ** 53;
    const limit = range - (range % n); // draws from here on would favour small results
    let drawn = draw();
    while (drawn >= limit) drawn = draw();
    return drawn % n;
  };
  return { below, fraction: () => wide() / 2 ** 53 };
}

// Whole numbers modulo p = 2^256 + 297, the smallest prime above 2^256, so that every secret of 32 bytes is one of them.
import { MaskingError } from '../masking-error.ts';

export const prime = 2n ** 256n + 297n;

/** Bytes of an element, big end first. */
export const elementBytes = 33;

/** In [0, p). */
export function reduced(value: bigint): bigint {
  const rest = value % prime;
  return rest < 0n ? rest + prime : rest;
}

/** By Euclid's extended algorithm; `value` is in (0, p). */
export function inverse(value: bigint): bigint {
  let [rest, next] = [prime, value];
  let [of, ofNext] = [0n, 1n]; // rest = of x value, modulo p
  while (next > 0n) {
    const times = rest / next;
    [rest, next] = [next, rest - times * next];
    [of, ofNext] = [ofNext, of - times * ofNext];
  }
  return reduced(of);
}

export function elementOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** `hex`: digits alone. Throws MaskingError 'bad-share' where they are no element. */
export function readElement(hex: string): bigint {
  const value = hex.length === 2 * elementBytes ? BigInt(`0x${hex}`) : prime;
  if (value < prime) return value;
  throw new MaskingError('bad-share', 'a share is no number of its field');
}

/** `length` bytes, big end first; `value` fits in them. */
export function writeElement(value: bigint, length = elementBytes): Uint8Array {
  return new Uint8Array(Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex'));
}

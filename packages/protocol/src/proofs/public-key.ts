// What a public key is: 32 bytes of Ed25519 (RFC 8032) or X25519 (RFC 7748) in lower-case hex, and which of them stand for nobody:
// those that are no point of the curve, are one written in a second way, or have so small an order that anybody can sign for them, or
// knows what is agreed on with them.
import { z } from 'zod';

/** So many bytes in lower-case hex: one spelling for one value. */
export const hexSchema = (bytes: number) =>
  z
    .string()
    .length(2 * bytes)
    .regex(/^[0-9a-f]+$/);

/** Of the field, and d of the curve -x^2 + y^2 = 1 + d x^2 y^2. */
const prime = 2n ** 255n - 19n;
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;

/**
 * Can it be a point for which signing takes its private key? OpenSSL doesn't ask: for a point of order 1, 2, 4 or 8 it takes
 * signatures that were made without any, and whoever had such a key could say afterwards that another signed.
 */
export function needsPrivateKey(key: string): boolean {
  if (!/^[0-9a-f]{64}$/.test(key)) return false;
  const y = yOf(key);
  const square = (y * y) % prime;
  // order 1 and 2: y = 1, -1; order 4: y = 0; order 8: its double has y = 0, so x^2 = -y^2
  return y < prime && square > 1n && (d * square * square + 2n * square) % prime !== 1n;
}

/** Also whether it is a point at all, which takes a millisecond: of a key that is to be kept. No signature holds for another. */
function isSound(key: string): boolean {
  if (!needsPrivateKey(key)) return false;
  const square = yOf(key) ** 2n % prime;
  // x^2 = (y^2 - 1) / (d y^2 + 1), whose denominator is never 0: is there such an x (Euler)?
  return power((square - 1n) * (d * square + 1n), (prime - 1n) / 2n) === 1n;
}

export const publicKeySchema = hexSchema(32).refine(
  isSound,
  'is no public key of Ed25519 that one person holds',
);

/** In 255 bits, little end first; the last bit of a key is the sign of x. */
function yOf(key: string): bigint {
  return numberOf(key) & (2n ** 255n - 1n);
}

const numberOf = (key: string) => BigInt(`0x${Buffer.from(key, 'hex').reverse().toString('hex')}`);

/**
 * Does agreeing on something with this key take a private one? With a point of order 1, 2, 4 or 8, of the curve or its twist, X25519
 * gives zeros, and OpenSSL an error to whoever tries (RFC 7748, section 6.1): one such key in a round would stop all others in it.
 */
function isAgreedOn(key: string): boolean {
  if (!/^[0-9a-f]{64}$/.test(key)) return false;
  const u = numberOf(key);
  const square = (u * u) % prime;
  // order 1 and 2: u = 0; order 4: u = 1, of the twist -1; order 8: its double, (u^2 - 1)^2 / 4u(u^2 + 486662 u + 1), is 1
  if (u >= prime || square <= 1n || u === prime - 1n) return false;
  return ((square - 1n) ** 2n - 4n * u * (square + 486662n * u + 1n)) % prime !== 0n;
}

/** Of X25519. */
export const agreementKeySchema = hexSchema(32).refine(
  isAgreedOn,
  'is no public key of X25519 with which something secret can be agreed on',
);

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % prime;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}

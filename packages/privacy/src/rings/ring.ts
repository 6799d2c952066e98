// Whole numbers modulo 2^16, 2^24 or 2^32, as masked contributions are made of: which of the three holds a round's sum, and how
// they lie in bytes (little end first). In memory they are 32-bit words whose upper bits may hold anything until they are written:
// sums and differences modulo 2^32 are right modulo the smaller powers too.
import { MaskingError } from '../masking-error.ts';

export const ringSizes = [16, 24, 32] as const;
/** In bits. */
export type Ring = (typeof ringSizes)[number];

export const ringBytes = (ring: Ring) => ring / 8;

/** What a sum of a round is made of. */
export interface RingLoad {
  /** Contributions at most. */
  readonly members: number;
  /** Of one contribution, a whole number. */
  readonly mostWeight: number;
  /** Of a value: it is a whole number of at most 2^(bits - 1) - 1, either sign. */
  readonly bits: number;
  /** The most that is added to weight x value besides, either sign: noise. */
  readonly mostNoise: number;
}

/** Figures and counts in a contribution are whole numbers of at most this. */
export const mostFigure = 1023;

export const mostQuantised = (bits: number) => 2 ** (bits - 1) - 1;

/** The largest absolute value that the sum of so many contributions can have anywhere. */
export function mostSum({ members, mostWeight, bits, mostNoise }: RingLoad): number {
  return members * Math.max(mostWeight * mostQuantised(bits) + mostNoise, mostFigure);
}

/** The smallest ring in which no sum overflows: all are below half of it. Throws MaskingError 'no-ring'. */
export function ringFor(load: RingLoad): Ring {
  const most = mostSum(load);
  const ring = ringSizes.find((bits) => most < 2 ** (bits - 1));
  if (ring !== undefined) return ring;
  const { members, mostWeight, bits } = load;
  throw new MaskingError(
    'no-ring',
    `a sum of ${members} contributions with weights up to ${mostWeight} and values of ${bits} bits can pass 2^31: take fewer bits, smaller weights or fewer members a round`,
  );
}

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

/** Adds `sign` times the ring's elements in `bytes` to `words`, modulo 2^32. */
export function addRing(words: Int32Array, bytes: Uint8Array, ring: Ring, sign: 1 | -1): void {
  if (bytes.length !== words.length * ringBytes(ring))
    throw new MaskingError(
      'wrong-shape',
      `${bytes.length} bytes are not ${words.length} values of ${ring} bits`,
    );
  if (ring === 16) add16(words, bytes, sign);
  else if (ring === 24) add24(words, bytes, sign);
  else add32(words, bytes, sign);
}

function add16(words: Int32Array, bytes: Uint8Array, sign: number): void {
  for (let at = 0, from = 0; at < words.length; at += 1, from += 2)
    words[at] = words[at]! + sign * (bytes[from]! | (bytes[from + 1]! << 8));
}

function add24(words: Int32Array, bytes: Uint8Array, sign: number): void {
  for (let at = 0, from = 0; at < words.length; at += 1, from += 3)
    words[at] = words[at]! + sign * (bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16));
}

function add32(words: Int32Array, bytes: Uint8Array, sign: number): void {
  for (let at = 0, from = 0; at < words.length; at += 1, from += 4)
    words[at] =
      words[at]! +
      sign * (bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24));
}

/** The words as the numbers of least size that they stand for: in [-2^(ring - 1), 2^(ring - 1)). In place. */
export function centre(words: Int32Array, ring: Ring): Int32Array {
  const idle = 32 - ring;
  for (let at = 0; at < words.length; at += 1) words[at] = (words[at]! << idle) >> idle;
  return words;
}

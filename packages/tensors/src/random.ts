// A seeded random generator: xoshiro128** 1.1 (Blackman and Vigna 2018), its state filled by SplitMix64.
// Only integer operations, + - * / and sqrt, all exactly rounded: the same numbers on every machine.
// For initialisation, shuffles and sampling. Not for keys, masks or noise that privacy rests on.

export interface Random {
  /** Uniform on [0, 1), 53 random bits. */
  next(): number;
  /** Standard normal, mean 0 and variance 1. */
  gaussian(): number;
  /** Uniform on 0 .. n - 1 without bias; n is an integer from 1 to 2^32. */
  integer(n: number): number;
  /** A shuffled copy (Fisher-Yates); the argument stays as it is. */
  shuffle<T>(items: readonly T[]): T[];
}

/** A generator started by `seed`: a text (hashed with FNV-1a, 64 bit) or a safe integer. */
export function seededRandom(seed: string | number): Random {
  const word = xoshiro128(seedState(typeof seed === 'string' ? fnv1a64(seed) : integerSeed(seed)));
  const next = () => ((word() >>> 5) * 0x4000000 + (word() >>> 6)) / 0x20000000000000;
  const integer = (n: number) => {
    if (!Number.isInteger(n) || n < 1 || n > 0x100000000) {
      throw new RangeError(`integer(n) needs an integer n from 1 to 2^32, not ${n}`);
    }
    const limit = 0x100000000 - (0x100000000 % n); // words from here on would favour small results
    let drawn = word();
    while (drawn >= limit) drawn = word();
    return drawn % n;
  };
  const shuffle = <T>(items: readonly T[]) => {
    const shuffled = items.slice();
    for (let i = shuffled.length - 1; i > 0; i -= 1) {
      const j = integer(i + 1);
      const moved = shuffled[i] as T;
      shuffled[i] = shuffled[j] as T;
      shuffled[j] = moved;
    }
    return shuffled;
  };
  return { next, gaussian: polarGaussian(next), integer, shuffle };
}

/** Marsaglia's polar method: two normal numbers from a uniform point of the unit disc. */
export function polarGaussian(next: () => number): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const x = 2 * next() - 1;
      const y = 2 * next() - 1;
      const s = x * x + y * y;
      if (s > 0 && s < 1) {
        const factor = Math.sqrt((-2 * naturalLogarithm(s)) / s);
        spare = y * factor;
        return x * factor;
      }
    }
  };
}

/**
 * ln(x) for 0 < x <= 1 from exactly rounded operations (Math.log may differ between engines):
 * x = m 2^-k with m in [sqrt(1/2), sqrt(2)), ln m = 2 (t + t^3/3 + t^5/5 + …) with t = (m - 1) / (m + 1).
 */
export function naturalLogarithm(x: number): number {
  let m = x;
  let k = 0;
  while (m < Math.SQRT1_2) {
    m *= 2;
    k += 1;
  }
  const t = (m - 1) / (m + 1); // |t| < 0.172: the term after t^23 is below 1e-19
  const square = t * t;
  let series = 0;
  for (let power = 23; power >= 1; power -= 2) series = series * square + 1 / power;
  return 2 * t * series - k * Math.LN2;
}

/** xoshiro128**: 32-bit words from four words of state that are not all zero. */
export function xoshiro128(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state;
  return () => {
    const scrambled = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return scrambled;
  };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function seedState(seed: bigint): [number, number, number, number] {
  const [first, second] = splitMix64(seed, 2) as [bigint, bigint];
  const low = (value: bigint) => Number(value & 0xffffffffn);
  return [low(first), low(first >> 32n), low(second), low(second >> 32n)];
}

/** The first `count` outputs of SplitMix64 (Steele, Lea and Flood 2014). */
export function splitMix64(seed: bigint, count: number): bigint[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let mixed = state;
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    return mixed ^ (mixed >> 31n);
  });
}

/** FNV-1a, 64 bit (Fowler, Noll and Vo; RFC 9923), over the text's UTF-8 bytes. */
export function fnv1a64(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}

function integerSeed(seed: number): bigint {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`a numeric seed must be a safe integer, not ${seed}`);
  return BigInt.asUintN(64, BigInt(seed));
}

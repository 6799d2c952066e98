// Rotary frequencies as GGUF says them: a base, a factor that all are divided by, or a factor for each.

export interface RotaryBase {
  readonly base: number;
  /** Linear scaling; 1: none. */
  readonly factor: number;
  /** What each of base^(-2 i / headSize) is divided by; null where `factor` says it. */
  readonly factors: readonly number[] | null;
}

/** `frequencies`: radians a position, one for each pair of dimensions; the first two of them are scaled alike. */
export function rotaryBase(frequencies: readonly number[]): RotaryBase {
  const [first = 1, second] = frequencies;
  const pairs = frequencies.length;
  // base^(-1 / pairs) is the quotient of two neighbours; nine digits are more than float32 keeps, and 1e6 comes out whole
  const base = second === undefined ? 10_000 : rounded((second / first) ** -pairs);
  const factors = frequencies.map((frequency, i) => base ** (-i / pairs) / frequency);
  const factor = rounded(factors[0] ?? 1);
  const isLinear = factors.every((one) => Math.abs(one / factor - 1) < 1e-6);
  return isLinear ? { base, factor, factors: null } : { base, factor: 1, factors };
}

const rounded = (value: number) => Number(value.toPrecision(9));

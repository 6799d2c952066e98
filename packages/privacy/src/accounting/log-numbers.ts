// Numbers that are far too large or too small for floats, kept as their natural logarithms.

/** log(exp(a) + exp(b)). */
export function logAdd(a: number, b: number): number {
  const larger = Math.max(a, b);
  if (Math.abs(larger) === Number.POSITIVE_INFINITY) return larger;
  return larger + Math.log1p(Math.exp(Math.min(a, b) - larger));
}

/** The logarithm of how likely a standard normal number is above x, for any x. */
export function logUpperTail(x: number): number {
  if (x < 0) return Math.log1p(-upperTail(-x));
  return x < 2
    ? Math.log(upperTail(x))
    : -(x * x) / 2 - 0.5 * Math.log(2 * Math.PI) - Math.log(millsInverse(x));
}

/** For x >= 0. */
function upperTail(x: number): number {
  if (x >= 2) return Math.exp(-(x * x) / 2) / (Math.sqrt(2 * Math.PI) * millsInverse(x));
  let term = x; // Phi(x) - 1/2 = phi(x) (x + x^3/3 + x^5/15 + ...), Abramowitz and Stegun 26.2.11
  let sum = x;
  for (let n = 3; term > sum * 1e-18; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 - (sum * Math.exp(-(x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/**
 * phi(x) over the tail: the continued fraction x + 1/(x + 2/(x + 3/(x + ...))), A. and S. 26.2.14, from its far end. For
 * x >= 2; so many levels give all digits of a float.
 */
function millsInverse(x: number): number {
  let fraction = x;
  for (let n = Math.ceil(20 + 500 / (x * x)); n >= 1; n -= 1) fraction = x + n / fraction;
  return fraction;
}

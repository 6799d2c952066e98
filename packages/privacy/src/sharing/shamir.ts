// Shamir's secret sharing (1979, doi 10.1145/359168.359176) of 32 bytes over the field of prime-field.ts: any `threshold` of the
// shares give the secret, and fewer say nothing at all about it.
import { MaskingError } from '../masking-error.ts';
import { elementOf, inverse, prime, readElement, reduced, writeElement } from './prime-field.ts';

export const secretBytes = 32;

/**
 * The values of a polynomial of degree threshold - 1 with the secret at 0, at `points` (distinct, from 1): 33 bytes each.
 * `random` gives so many bytes that nobody can guess. Coefficients are drawn from [0, 2^256), which is [0, p) but for one
 * draw in 2^247.
 */
export function splitSecret(
  secret: Uint8Array,
  { threshold, points }: { readonly threshold: number; readonly points: readonly number[] },
  random: (bytes: number) => Uint8Array,
): Uint8Array[] {
  const drawn = random(secretBytes * (threshold - 1));
  const coefficients = Array.from({ length: threshold - 1 }, (_, at) =>
    elementOf(drawn.subarray(secretBytes * at, secretBytes * (at + 1))),
  );
  const polynomial = [elementOf(secret), ...coefficients].reverse();
  return points.map((point) => {
    const x = BigInt(point);
    return writeElement(polynomial.reduce((sum, coefficient) => (sum * x + coefficient) % prime, 0n));
  });
}

/** Puts secrets together whose shares are at these points, as many as the threshold: by Lagrange's formula at 0. */
export function secretsAt(points: readonly number[]): (shares: readonly Uint8Array[]) => Uint8Array {
  const weights = weightsAtZero(points);
  return (shares) => {
    const sum = shares.reduce((total, share, at) => total + readElement(share) * weights[at]!, 0n) % prime;
    if (sum < 2n ** 256n) return writeElement(sum, secretBytes);
    throw new MaskingError('bad-share', 'the shares belong to no secret');
  };
}

/** Products over m other than j of x_m / (x_m - x_j), with one inverse for all of them (Montgomery's trick). */
function weightsAtZero(points: readonly number[]): bigint[] {
  const fractions = points.map((own) => {
    const others = points.filter((point) => point !== own);
    return { above: product(others), below: reduced(product(others.map((point) => point - own))) };
  });
  const before: bigint[] = []; // products of the denominators before each
  let all = 1n;
  for (const { below } of fractions) {
    before.push(all);
    all = (all * below) % prime;
  }
  let rest = inverse(all);
  const weights: bigint[] = [];
  for (let at = points.length - 1; at >= 0; at -= 1) {
    const { above, below } = fractions[at]!;
    weights[at] = (((before[at]! * rest) % prime) * above) % prime;
    rest = (rest * below) % prime;
  }
  return weights;
}

/** Of small whole numbers: as many at a time as a double holds exactly. */
function product(factors: readonly number[]): bigint {
  let total = 1n;
  let few = 1;
  for (const factor of factors) {
    if (Math.abs(few * factor) > Number.MAX_SAFE_INTEGER) {
      total *= BigInt(few);
      few = 1;
    }
    few *= factor;
  }
  return total * BigInt(few);
}

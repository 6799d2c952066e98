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

type PutTogether = (shares: readonly Uint8Array[]) => Uint8Array;

/** For each list of points, as many as the threshold, what puts secrets together whose shares are there: by Lagrange's formula at 0. */
export function secretsAt(lists: readonly (readonly number[])[]): PutTogether[] {
  return weightsAtZero(lists).map((weights) => (shares) => {
    const sum = shares.reduce((total, share, at) => total + readElement(share) * weights[at]!, 0n) % prime;
    if (sum < 2n ** 256n) return writeElement(sum, secretBytes);
    throw new MaskingError('bad-share', 'the shares belong to no secret');
  });
}

/** Products over m other than j of x_m / (x_m - x_j), with one inverse for all of them (Montgomery's trick). */
function weightsAtZero(lists: readonly (readonly number[])[]): bigint[][] {
  const fractions = lists.map((points) => {
    const all = product(points);
    return points.map((own) => {
      const apart = points.map((point) => (point === own ? 1 : point - own));
      return { above: all / BigInt(own), below: reduced(product(apart)) };
    });
  });
  let all = 1n;
  const before = fractions.map((list) =>
    list.map(({ below }) => {
      const product = all;
      all = (all * below) % prime;
      return product;
    }),
  );
  let rest = inverse(all);
  const weights = lists.map((points) => new Array<bigint>(points.length));
  for (let list = lists.length - 1; list >= 0; list -= 1) {
    for (let at = lists[list]!.length - 1; at >= 0; at -= 1) {
      const { above, below } = fractions[list]![at]!;
      weights[list]![at] = (((before[list]![at]! * rest) % prime) * above) % prime;
      rest = (rest * below) % prime;
    }
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

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

/** Of shares in hex, one for each of the points. */
type PutTogether = (shares: readonly string[]) => Uint8Array;

/** For each list of points, as many as the threshold, what puts secrets together whose shares are there: by Lagrange's formula at 0. */
export function secretsAt(lists: readonly (readonly number[])[]): PutTogether[] {
  return weightsAtZero(lists).map(({ all, weights }) => (shares) => {
    let sum = 0n;
    for (let at = 0; at < shares.length; at += 1) sum += readElement(shares[at]!) * weights[at]!;
    const secret = reduced((sum % prime) * all);
    if (secret < 2n ** 256n) return writeElement(secret, secretBytes);
    throw new MaskingError('bad-share', 'the shares belong to no secret');
  });
}

interface Weights {
  /** The product of the points, which all weights have in common. */
  readonly all: bigint;
  /** Of point x_j: 1 / (x_j x the product over m other than j of x_m - x_j). */
  readonly weights: readonly bigint[];
}

/** With one inverse for all of them (Montgomery's trick). */
function weightsAtZero(lists: readonly (readonly number[])[]): Weights[] {
  const below: bigint[] = [];
  const before: bigint[] = [];
  let total = 1n;
  for (const points of lists)
    for (const own of points) {
      const product = productOf(points, own);
      below.push(product);
      before.push(total);
      total = (total * product) % prime;
    }
  let rest = inverse(reduced(total));
  const weights = new Array<bigint>(below.length);
  for (let at = below.length - 1; at >= 0; at -= 1) {
    weights[at] = (before[at]! * rest) % prime;
    rest = (rest * below[at]!) % prime;
  }
  let from = 0;
  return lists.map((points) => {
    const own = weights.slice(from, from + points.length);
    from += points.length;
    return { all: productOf(points, 0), weights: own };
  });
}

/** Of the points less `own`, and of `own` itself in its own place: as many at a time as a double holds exactly. */
function productOf(points: readonly number[], own: number): bigint {
  let total = 1n;
  let few = 1;
  for (const point of points) {
    const factor = point === own ? own : point - own;
    const more = few * factor;
    if (more > Number.MAX_SAFE_INTEGER || more < -Number.MAX_SAFE_INTEGER) {
      total *= BigInt(few);
      few = factor;
    } else few = more;
  }
  return total * BigInt(few);
}

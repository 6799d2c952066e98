import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { MaskingError } from '../masking-error.ts';
import { elementOf, inverse, prime, readElement, reduced, writeElement } from './prime-field.ts';
import { secretsAt, splitSecret } from './shamir.ts';

const secret = () => fc.uint8Array({ minLength: 32, maxLength: 32 });

test('any threshold of the shares gives the secret', () => {
  fc.assert(
    fc.property(
      secret(),
      fc.integer({ min: 2, max: 20 }),
      fc.nat(20),
      fc.nat(),
      (given, threshold, more, seed) => {
        const points = Array.from({ length: threshold + more }, (_, at) => 1 + ((at * 7 + seed) % 997));
        const shares = splitSecret(given, { threshold, points }, randomBytes);
        const chosen = points.map((_, at) => at).slice(more);
        const lists = [chosen, chosen.slice().reverse()];
        const rebuild = secretsAt(lists.map((list) => list.map((at) => points[at]!)));
        for (const [at, list] of lists.entries())
          assert.deepEqual(rebuild[at]!(list.map((share) => hex(shares[share]!))), given);
      },
    ),
    { numRuns: 50 },
  );
});

test('fewer shares fit every other secret as well', () => {
  const points = [1, 2, 3, 4, 5];
  const shares = splitSecret(new Uint8Array(32).fill(9), { threshold: 4, points }, randomBytes);
  for (const wrong of [0, 1, 255]) {
    const other = new Uint8Array(32).fill(wrong);
    // the polynomial through three of the shares and another secret gives a fourth share, which nobody can tell from the real one
    const fourth = shareThatFits(other, points.slice(0, 3), shares.slice(0, 3), 4);
    assert.deepEqual(secretsAt([[1, 2, 3, 4]])[0]!([...shares.slice(0, 3), fourth].map(hex)), other);
  }
});

/** The value at `at` of the polynomial with the secret at 0 and the shares at their points, by Lagrange's formula. */
function shareThatFits(secret: Uint8Array, points: number[], shares: Uint8Array[], at: number): Uint8Array {
  const xs = [0, ...points].map(BigInt);
  const ys = [elementOf(secret), ...shares.map((share) => readElement(hex(share)))];
  const terms = xs.map((x, j) =>
    xs.reduce((term, other, m) => {
      if (m === j) return term;
      return reduced(term * (BigInt(at) - other) * inverse(reduced(x - other)));
    }, ys[j]!),
  );
  return writeElement(terms.reduce((sum, term) => reduced(sum + term), 0n));
}

test('shares are those of an independent implementation', () => {
  const url = new URL('../../fixtures/shamir.json', import.meta.url);
  const rows = JSON.parse(readFileSync(url, 'utf8')) as Row[];
  for (const { secret: whole, coefficients, points, shares } of rows) {
    const random = () => Buffer.from(coefficients.join(''), 'hex');
    const threshold = coefficients.length + 1;
    const split = splitSecret(Buffer.from(whole, 'hex'), { threshold, points }, random);
    assert.deepEqual(split.map(hex), shares);
    assert.equal(hex(secretsAt([points.slice(-threshold)])[0]!(split.slice(-threshold).map(hex))), whole);
  }
});

interface Row {
  readonly secret: string;
  readonly coefficients: readonly string[];
  readonly points: readonly number[];
  readonly shares: readonly string[];
}
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('what is no share is refused', () => {
  const rebuild = secretsAt([[1, 2]])[0]!;
  const share = hex(writeElement(5n));
  assert.throws(() => rebuild([share, share.slice(2)]), MaskingError);
  assert.throws(() => rebuild([share, hex(writeElement(prime))]), /no number of its field/);
  assert.throws(() => rebuild([1, 2].map(() => hex(writeElement(prime - 1n)))), /belong to no secret/);
});

test('inverses', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: prime - 1n }), (value) => {
      assert.equal((value * inverse(value)) % prime, 1n);
    }),
  );
});

// The bucket on a clock of our own: over seconds the mean is the rate, whatever is taken and whenever.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createBucket, paced } from './bandwidth.ts';

test('whoever takes and waits gets the rate within a tenth over seconds, and never more', () => {
  const rates = fc.integer({ min: 1_000, max: 50_000_000 });
  const sizes = fc.array(fc.integer({ min: 1, max: 65_536 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(rates, sizes, fc.integer({ min: 1, max: 3 }), (rate, pieces, senders) => {
      let now = 100;
      const bucket = createBucket(rate, () => now);
      let taken = 0;
      for (let index = 0; taken < 5 * rate; index += 1) {
        const size = Math.min(pieces[index % pieces.length]!, bucket.pieceBytes);
        let longest = 0;
        for (let sender = 0; sender < senders; sender += 1) {
          longest = Math.max(longest, bucket.take(size));
          taken += size;
        }
        now += longest;
      }
      const mean = taken / (now - 100);
      assert.ok(Math.abs(mean / rate - 1) < 0.1, `${mean} of ${rate}`);
    }),
    { numRuns: 50 },
  );
});

test('an idle bucket saves up no more than a tenth of a second', () => {
  let now = 0;
  const bucket = createBucket(1000, () => now);
  now = 3600;
  assert.equal(bucket.take(100), 0);
  assert.equal(bucket.take(500), 0.5);
});

test('pieces are the same bytes in order, with and without a bucket', async () => {
  const source = async function* () {
    yield Uint8Array.of(1, 2, 3);
    yield new Uint8Array(2000).fill(7);
  };
  const { signal } = new AbortController();
  for (const bucket of [undefined, createBucket(1_000_000)]) {
    const parts: Uint8Array[] = [];
    for await (const part of paced(source(), bucket, signal)) parts.push(part.slice());
    assert.deepEqual(
      Buffer.concat(parts),
      Buffer.concat([Uint8Array.of(1, 2, 3), new Uint8Array(2000).fill(7)]),
    );
  }
});

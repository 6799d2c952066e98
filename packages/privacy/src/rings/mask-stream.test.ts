import assert from 'node:assert/strict';
import { createCipheriv, hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import { type Ring, ringSizes } from '@colora/protocol/masking/masking-ring';
import fc from 'fast-check';
import { openMask } from './mask-stream.ts';
import { centre, ringBytes } from './ring.ts';
import { addMask } from './testing-sums.ts';

const seed = Uint8Array.from({ length: 32 }, (_, at) => at);
const whole = (ring: Ring, length: number) => {
  const words = new Int32Array(length);
  addMask(words, openMask(seed), 0, ring, 1);
  return centre(words, ring);
};

test('a mask is the key stream of AES-256-CTR, cut into elements little end first', () => {
  const key = Buffer.from(hkdfSync('sha256', seed, Buffer.alloc(0), 'colora mask stream v1', 32));
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(400));
  for (const ring of ringSizes) {
    const size = ringBytes(ring);
    const words = [...whole(ring, 100)];
    assert.deepEqual(
      words,
      words.map((_, at) => stream.readIntLE(at * size, size)),
    );
  }
});

test('any piece of a mask is the same as in the whole, and its opposite takes it off', () => {
  const length = 100_000; // more than is made at once
  for (const ring of ringSizes) {
    const all = whole(ring, length);
    fc.assert(
      fc.property(fc.nat(length), fc.nat(length), (one, other) => {
        const [from, to] = one < other ? [one, other] : [other, one];
        const piece = new Int32Array(to - from);
        addMask(piece, openMask(seed), from, ring, 1);
        assert.deepEqual(centre(piece.slice(), ring), all.slice(from, to));
        addMask(piece, openMask(seed), from, ring, -1);
        assert.ok(piece.every((word) => word === 0));
      }),
      { numRuns: 10 },
    );
  }
});

test('pieces that are asked for out of turn are right as well', () => {
  const all = whole(24, 60);
  const mask = openMask(seed);
  for (const [from, to] of [
    [0, 10],
    [10, 25],
    [5, 60],
    [25, 60],
    [0, 60],
  ] as const) {
    const piece = new Int32Array(to - from);
    addMask(piece, mask, from, 24, 1);
    assert.deepEqual(centre(piece, 24), all.slice(from, to));
  }
});

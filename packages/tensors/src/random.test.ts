import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fnv1a64, naturalLogarithm, seededRandom, splitMix64, xoshiro128 } from './random.ts';

test('xoshiro128** gives the numbers of its authors’ C code', () => {
  // prng.di.unimi.it/xoshiro128starstar.c, compiled with gcc, state 1, 2, 3, 4
  const word = xoshiro128([1, 2, 3, 4]);
  const expected = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849];
  assert.deepEqual(Array.from({ length: 8 }, word), expected);
});

test('SplitMix64 and FNV-1a give their published values', () => {
  assert.deepEqual(splitMix64(0n, 2), [0xe220a8397b1dcdafn, 0x6e789e6aa1b965f4n]);
  assert.equal(fnv1a64(''), 0xcbf29ce484222325n);
  assert.equal(fnv1a64('foobar'), 0x85944171f73967e8n);
});

test('a seed gives the same numbers for ever: stored runs depend on them', () => {
  const random = seededRandom('a');
  assert.deepEqual(
    [random.next(), random.gaussian(), random.integer(10), random.shuffle([1, 2, 3, 4])],
    [0.17034845498739637, -0.29487394914279463, 0, [2, 3, 4, 1]],
  );
});

test('seeds differ from each other, texts from numbers', () => {
  const firsts = ['', '1', 'b', 1, -1, 0, Number.MAX_SAFE_INTEGER].map((seed) => seededRandom(seed).next());
  assert.equal(new Set(firsts).size, firsts.length);
  assert.throws(() => seededRandom(0.5), /safe integer, not 0.5/);
});

test('the logarithm is right to the last digits', () => {
  fc.assert(
    fc.property(fc.double({ min: 2 ** -1000, max: 1, noNaN: true }), (x) => {
      const error = Math.abs(naturalLogarithm(x) - Math.log(x));
      assert.ok(error <= 1e-15 * Math.max(1, Math.abs(Math.log(x))), `off by ${error} at ${x}`);
    }),
  );
});

test('gaussian numbers have the moments and tails of the standard normal', () => {
  const random = seededRandom(7);
  const drawn = Array.from({ length: 40_000 }, () => random.gaussian());
  const moment = (power: number) => drawn.reduce((sum, x) => sum + x ** power, 0) / drawn.length;
  assert.ok(Math.abs(moment(1)) < 0.02);
  assert.ok(Math.abs(moment(2) - 1) < 0.03);
  assert.ok(Math.abs(moment(3)) < 0.06);
  assert.ok(Math.abs(moment(4) - 3) < 0.15);
  const outside = drawn.filter((x) => Math.abs(x) > 1.959964).length / drawn.length;
  assert.ok(Math.abs(outside - 0.05) < 0.005);
});

test('next is in [0, 1), integers are even over their range', () => {
  const random = seededRandom('range');
  const counts = new Array<number>(7).fill(0);
  for (let i = 0; i < 14_000; i += 1) {
    const uniform = random.next();
    assert.ok(uniform >= 0 && uniform < 1);
    const drawn = random.integer(7);
    counts[drawn] = counts[drawn]! + 1;
  }
  assert.equal(counts.length, 7);
  // chi-squared with 6 degrees of freedom passes 22.5 once in a thousand seeds; this seed is fixed
  const chiSquared = counts.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0);
  assert.ok(chiSquared < 22.5, `chi-squared ${chiSquared}`);
  assert.ok(random.integer(2 ** 32) < 2 ** 32);
  for (const bad of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN]) {
    assert.throws(() => random.integer(bad), RangeError);
  }
});

test('a shuffle is a permutation and leaves its argument alone', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
      const before = [...items];
      const shuffled = seededRandom(seed).shuffle(items);
      assert.deepEqual(items, before);
      assert.deepEqual(
        shuffled.sort((a, b) => a - b),
        before.sort((a, b) => a - b),
      );
    }),
  );
  const places = new Set(
    Array.from({ length: 60 }, (_, seed) => seededRandom(seed).shuffle([1, 2, 3]).join('')),
  );
  assert.equal(places.size, 6);
});

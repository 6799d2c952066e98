// What is really drawn, held to the distributions that the accountants speak of. Every source is seeded: the same draws each time.
import assert from 'node:assert/strict';
import test from 'node:test';
import { roundedNorm } from '../accounting/discrete-gaussian-sum.ts';
import { discreteGaussian, mostVariance } from './discrete-gaussian.ts';
import { gaussianNoise, seededBytes } from './gaussian-noise.ts';
import { randomIntegers, systemBytes } from './random-integers.ts';
import { roundAtRandom } from './round-at-random.ts';

const seeded = (name: string) => randomIntegers(seededBytes(Buffer.from(name.padEnd(32, '.'))));

/** Pearson's statistic over the values that are expected at least ten times, the rest as one; standardised. */
function misfit(drawn: readonly number[], probability: (value: number) => number, most: number): number {
  const counts = new Map<number, number>();
  for (const value of drawn) counts.set(value, (counts.get(value) ?? 0) + 1);
  let statistic = 0;
  let cells = 0;
  let restSeen = drawn.length;
  let restExpected = drawn.length;
  for (let value = -most; value <= most; value += 1) {
    const expected = drawn.length * probability(value);
    if (expected < 10) continue;
    const seen = counts.get(value) ?? 0;
    statistic += (seen - expected) ** 2 / expected;
    restSeen -= seen;
    restExpected -= expected;
    cells += 1;
  }
  if (restExpected > 5) statistic += (restSeen - restExpected) ** 2 / restExpected;
  return (statistic - cells) / Math.sqrt(2 * cells);
}

function discreteDensity(variance: number): (value: number) => number {
  const reach = Math.ceil(12 * Math.sqrt(variance)) + 12;
  let sum = 0;
  for (let x = -reach; x <= reach; x += 1) sum += Math.exp(-(x * x) / (2 * variance));
  return (value) => Math.exp(-(value * value) / (2 * variance)) / sum;
}

for (const variance of [1, 3, 50, 900]) {
  test(`integer noise of variance ${variance} is distributed as the discrete Gaussian`, () => {
    const draw = discreteGaussian(variance, seeded(`variance ${variance}`));
    const drawn = Array.from({ length: 200_000 }, draw);
    const off = misfit(drawn, discreteDensity(variance), Math.ceil(6 * Math.sqrt(variance)));
    assert.ok(Math.abs(off) < 4, `the counts are ${off} standard deviations off`);
    const other = misfit(drawn, discreteDensity(variance * 1.05), Math.ceil(6 * Math.sqrt(variance)));
    assert.ok(other > 4, 'the test would see a variance that is 5 % off');
  });
}

test('large variances come out as asked, up to the largest', () => {
  for (const variance of [10_007, mostVariance]) {
    const draw = discreteGaussian(variance, seeded(`large ${variance}`));
    const drawn = Array.from({ length: 100_000 }, draw);
    const mean = drawn.reduce((sum, x) => sum + x, 0) / drawn.length;
    const spread = drawn.reduce((sum, x) => sum + x * x, 0) / drawn.length;
    assert.ok(Math.abs(mean) < 4 * Math.sqrt(variance / drawn.length), `mean ${mean}`);
    assert.ok(Math.abs(spread / variance - 1) < 4 * Math.sqrt(2 / drawn.length), `variance ${spread}`);
    const near = drawn.filter((x) => Math.abs(x) < Math.sqrt(variance)).length / drawn.length;
    assert.ok(Math.abs(near - 0.6827) < 0.008, `${near} within one standard deviation`);
  }
  for (const variance of [0, 0.5, 2.5, mostVariance + 1])
    assert.throws(() => discreteGaussian(variance, seeded('none')), /whole number/);
});

test('normal noise is normal, tails included, and its seed gives the same again', () => {
  const seed = Buffer.alloc(32, 7);
  const noise = gaussianNoise(seededBytes(seed));
  const drawn = Array.from({ length: 200_000 }, noise);
  const again = gaussianNoise(seededBytes(seed));
  assert.deepEqual(drawn.slice(0, 100), Array.from({ length: 100 }, again));
  // shares below and between the quantiles of a standard normal
  const shares: readonly [number, number][] = [
    [-3, 0.00135],
    [-1, 0.158655],
    [0, 0.5],
    [1, 0.841345],
    [3, 0.99865],
  ];
  for (const [at, share] of shares) {
    const seen = drawn.filter((x) => x < at).length / drawn.length;
    assert.ok(
      Math.abs(seen - share) < 4.5 * Math.sqrt((share * (1 - share)) / drawn.length),
      `${seen} below ${at}`,
    );
  }
  assert.notEqual(gaussianNoise(systemBytes)(), gaussianNoise(systemBytes)());
});

test('rounding keeps every value on average, and the whole vector within the norm that is accounted for', () => {
  const values = Float64Array.from({ length: 400 }, (_, i) => ((i % 7) - 3) * 0.21);
  const norm = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
  const random = seeded('rounding');
  const means = new Float64Array(values.length);
  const times = 2000;
  for (let i = 0; i < times; i += 1) {
    const rounded = roundAtRandom(values, norm, random);
    const length = Math.sqrt(rounded.reduce((sum, x) => sum + x * x, 0));
    assert.ok(length <= roundedNorm(norm, values.length));
    for (const [j, x] of rounded.entries()) means[j]! += x / times;
  }
  // drawing again pulls values towards zero a little: 400 of them by less than this altogether
  const off = means.reduce((sum, mean, j) => sum + Math.abs(mean - values[j]!), 0) / values.length;
  assert.ok(off < 0.02, `${off}`);
  assert.throws(() => roundAtRandom(values, norm / 2, random), /longer/);
});

test('integers below a bound come out evenly, also where the bound is no power of two', () => {
  const random = seeded('even');
  const counts = new Array(6).fill(0);
  for (let i = 0; i < 60_000; i += 1) counts[random.below(6)] += 1;
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 400, `${counts}`);
  const wide = Array.from({ length: 1000 }, () => random.below(3 * 2 ** 50));
  assert.ok(wide.some((x) => x > 2 ** 51) && wide.every((x) => x < 3 * 2 ** 50));
  for (const n of [0, 1.5, 2 ** 54]) assert.throws(() => random.below(n), /integer/);
});

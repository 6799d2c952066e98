// Held to Google's dp-accounting, by a table that scripts/make-accounting-fixtures.py makes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { discreteGaussianSum, roundedNorm } from './discrete-gaussian-sum.ts';
import { gaussian } from './gaussian.ts';
import { noiseForBudget } from './noise-for-budget.ts';
import { orders, type RenyiCurve, repeated } from './orders.ts';
import { epsilonSpent } from './spending.ts';
import { subsampledGaussian } from './subsampled-gaussian.ts';
import { epsilonOf } from './to-epsilon.ts';

interface Setting {
  readonly mechanism: 'gaussian' | 'sampled' | 'sum';
  readonly z: number;
  readonly rate: number;
  readonly variance: number;
  readonly members: number;
  readonly dimension: number;
  readonly norm: number;
  readonly rounds: number;
  readonly delta: number;
  readonly rdp: number;
  /** Nearly exact, where it is known. */
  readonly pld?: number;
}

const path = new URL('../../fixtures/epsilons.json', import.meta.url);
const table = JSON.parse(readFileSync(path, 'utf8')) as { orders: number[]; settings: Setting[] };

const curves: Record<Setting['mechanism'], (setting: Setting) => RenyiCurve> = {
  gaussian: ({ z }) => gaussian(z),
  sampled: ({ z, rate }) => subsampledGaussian(z, rate),
  sum: ({ variance, members, dimension, norm }) =>
    discreteGaussianSum({ variance, members, dimension, sensitivity: roundedNorm(norm, dimension) }),
};

test('epsilons are within 1 % of dp-accounting and never below, on more than a hundred settings', () => {
  assert.deepEqual(orders, table.orders);
  assert.ok(table.settings.length > 100);
  for (const setting of table.settings) {
    const { mechanism, rounds, delta, rdp, pld } = setting;
    const told = epsilonOf(repeated(curves[mechanism](setting), rounds), delta);
    assert.ok(told >= rdp && told <= rdp * 1.01, `${told}, not ${rdp}: ${JSON.stringify(setting)}`);
    assert.ok(pld === undefined || told >= pld, `${told} is below ${pld}: ${JSON.stringify(setting)}`);
  }
});

test('the noise for a budget is the least of four figures that keeps it', () => {
  const some = table.settings.filter((_, i) => i % 7 === 0);
  for (const { mechanism, rate, rounds, delta, rdp } of some) {
    if (mechanism === 'sum' || rdp > 1000) continue;
    const reveals = (z: number) => (mechanism === 'sampled' ? subsampledGaussian(z, rate) : gaussian(z));
    const z = noiseForBudget({ epsilon: rdp, delta }, rounds, reveals)!;
    assert.ok(epsilonOf(repeated(reveals(z), rounds), delta) <= rdp, `${z} is too weak for ${rdp}`);
    assert.ok(
      epsilonOf(repeated(reveals(z * 0.998), rounds), delta) > rdp,
      `${z} is stronger than ${rdp} needs`,
    );
  }
  assert.equal(noiseForBudget({ epsilon: 1e-9, delta: 1e-300 }, 1_000_000, gaussian), null);
});

test('members who are surely drawn are not amplified, and rates that cannot be are refused', () => {
  assert.deepEqual(subsampledGaussian(1.3, 1), gaussian(1.3));
  for (const rate of [0, 1.1, Number.NaN]) assert.throws(() => subsampledGaussian(1, rate), /sampling rate/);
});

test('noise too weak for any float reveals infinitely much, and never what is no number', () => {
  for (const noise of [1e-320, 1e-200, 1e-160, 1e-150])
    for (const rate of [5e-324, 1e-9, 0.5, 1 - 2 ** -53, 1])
      assert.equal(
        epsilonSpent([{ noiseMultiplier: noise, rate, rounds: 3 }], 1e-5) > 1e9,
        true,
        `${noise} ${rate}`,
      );
});

test('a rounded vector may be as long as the paper says, whichever bound is the shorter', () => {
  assert.equal(roundedNorm(0.1, 1), Math.min(Math.sqrt(0.01 + 0.25 + 0.1 + 0.5), 1.1));
  assert.ok(roundedNorm(1000, 10_000) < 1002, 'a long vector hardly grows');
  assert.throws(
    () => discreteGaussianSum({ variance: 0.1, members: 3, dimension: 10, sensitivity: 1 }),
    /variance/,
  );
});

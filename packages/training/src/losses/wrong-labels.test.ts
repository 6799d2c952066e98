// The share of wrong labels against a search of all shares, and what it leaves alone: labels that a model explains.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allowingFor, wrongLabels } from './wrong-labels.ts';

const total = (logs: readonly number[], share: number, labels: number) =>
  logs.reduce((sum, log) => sum + allowingFor(log, share, labels), 0);

test('is the likeliest share there is where two more labels are right, and labels never less likely than chance', () => {
  const logs = fc.array(fc.double({ min: -12, max: 0, noNaN: true }), { minLength: 1, maxLength: 64 });
  fc.assert(
    fc.property(logs, fc.integer({ min: 2, max: 60 }), (own, labels) => {
      const { share, logLikelihood } = wrongLabels(own, labels);
      assert.ok(share >= 0 && share < 1);
      const posterior = (one: number) => total(own, one, labels) + 2 * Math.log(1 - one);
      const best = Math.max(...Array.from({ length: 100 }, (_, i) => posterior(i / 100)));
      assert.ok(posterior(share) > best - 0.02, `${share}: ${posterior(share)}, ${best}`);
      const mean = total(own, share, labels) / own.length;
      assert.ok(Math.abs(logLikelihood - Math.max(mean, -Math.log(labels))) < 1e-9);
      assert.ok(logLikelihood >= -Math.log(labels) - 1e-12);
    }),
  );
});

test('labels that a model explains are all right; of one that is sure, as many are wrong as it misses, and those met by chance', () => {
  assert.ok(wrongLabels([-0.1, -0.2, -0.05, -0.3], 2).share < 1e-6);
  const third = Array.from({ length: 30_000 }, (_, j) => (j % 3 === 0 ? -12 : -1e-4));
  assert.ok(Math.abs(wrongLabels(third, 2).share - 2 / 3) < 3e-3);
  assert.deepEqual(wrongLabels([], 2), { share: 0, logLikelihood: 0 });
});

test('a model that is right of seven in ten, but too sure of it, doesn’t make most labels wrong', () => {
  const tooSure = Array.from({ length: 30 }, (_, j) => (j % 10 < 3 ? -2.4 : -0.1)); // by its mean worse than chance
  assert.ok(wrongLabels(tooSure, 2).share < 0.5);
});

test('what no model explains costs what chance makes of it', () => {
  assert.ok(Math.abs(allowingFor(-1e9, 0.1, 4) - Math.log(0.025)) < 1e-12);
  assert.ok(Math.abs(allowingFor(-0.3, 0, 4) + 0.3) < 1e-12);
});

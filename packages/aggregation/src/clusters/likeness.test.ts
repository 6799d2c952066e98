import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { measureLikeness, type Probe } from './likeness.ts';

const probe = (rows: Record<string, readonly number[]>): Probe =>
  new Map(Object.entries(rows).map(([label, row]) => [label, Float32Array.from(row)]));

test('cosines of the weights over the labels that both have, biases left out', async () => {
  const likeness = await measureLikeness([
    probe({ good: [1, 0, 9], bad: [0, 2, -9] }),
    probe({ good: [0, 1, -9], bad: [0, 2, 9] }),
    probe({ good: [-3, 0, 0], other: [5, 5, 5] }),
  ]);
  assert.equal(likeness.count, 3);
  const rounded = (i: number, j: number) => Math.round(likeness.between(i, j) * 1000) / 1000;
  assert.equal(rounded(0, 1), 0.8); // (0 + 4) / (sqrt(5) sqrt(5))
  assert.equal(rounded(0, 2), -1);
  assert.equal(rounded(2, 1), 0);
  assert.equal(rounded(1, 1), 1);
});

test('undefined without a common label, and where one has learnt nothing of those', async () => {
  const likeness = await measureLikeness([
    probe({ good: [1, 2, 3] }),
    probe({ bad: [1, 2, 3] }),
    probe({ good: [0, 0, 3], bad: [1, 2, 0] }),
  ]);
  assert.ok(Number.isNaN(likeness.between(0, 1)));
  assert.ok(Number.isNaN(likeness.between(0, 2)));
  assert.ok(Math.abs(likeness.between(1, 2) - 1) < 1e-4);
});

test('symmetric, bounded, blind to the size of a probe, whatever its length', async () => {
  const row = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 7, maxLength: 7 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 2, maxLength: 6 }),
      fc.constantFrom(0.5, 3),
      async (rows, factor) => {
        const probes = rows.map((values) => probe({ a: values, b: [...values].reverse() }));
        const larger = rows.map((values) =>
          probe({ a: values.map((x) => x * factor), b: [...values].reverse().map((x) => x * factor) }),
        );
        const [one, two] = [await measureLikeness(probes), await measureLikeness(larger)];
        for (let i = 0; i < rows.length; i += 1) {
          for (let j = 0; j < rows.length; j += 1) {
            const cosine = one.between(i, j);
            assert.equal(cosine, one.between(j, i));
            if (Number.isNaN(cosine)) continue;
            assert.ok(cosine >= -1 && cosine <= 1);
            assert.ok(Math.abs(cosine - two.between(i, j)) < 1e-4);
          }
        }
      },
    ),
  );
});

test('others get their turn after each member', async () => {
  let turns = 0;
  await measureLikeness([probe({ a: [1, 0] }), probe({ a: [1, 0] }), probe({ a: [1, 0] })], async () => {
    turns += 1;
  });
  assert.equal(turns, 2);
});

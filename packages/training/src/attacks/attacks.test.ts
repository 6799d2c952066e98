// The attacks' arithmetic: areas and their errors against what is known of them, counts out of moves that hold them, ranks of secrets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@colora/tensors/random';
import type { TensorMap } from '@colora/tensors/tensor';
import fc from 'fast-check';
import { canaryFigures, canaryOf, madeCanaries, withOtherSecret } from './canaries.ts';
import { countError, estimateLabelCounts, evenGuess } from './label-counts.ts';
import { meanSeparation, separation } from './separation.ts';

test('an area is the share of pairs in the right order, whatever the scale', () => {
  assert.equal(separation([3, 4], [1, 2]).auc, 1);
  assert.equal(separation([1, 2], [3, 4]).auc, 0);
  assert.equal(separation([1, 3], [2, 2]).auc, 0.5);
  assert.equal(separation([2], [2]).auc, 0.5);
  const scores = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(scores, scores, (ones, others) => {
      const { auc } = separation(ones, others);
      assert.ok(Math.abs(auc + separation(others, ones).auc - 1) < 1e-12);
      assert.equal(
        separation(
          ones.map((one) => one ** 3),
          others.map((other) => other ** 3),
        ).auc,
        auc,
      );
    }),
  );
});

test('its error is that of Mann and Whitney’s statistic where nothing is told, and never none', () => {
  const alternating = Array.from({ length: 40 }, (_, i) => i);
  const even = alternating.filter((i) => i % 4 === 0 || i % 4 === 3);
  const odd = alternating.filter((i) => i % 4 === 1 || i % 4 === 2);
  const { auc, standardError } = separation(even, odd);
  assert.equal(auc, 0.5);
  const [m, n] = [even.length, odd.length];
  assert.ok(Math.abs(standardError - Math.sqrt((m + n + 1) / (12 * m * n))) < 1e-12);
  assert.ok(separation([3, 4, 5], [0, 1, 2]).standardError > 0.05);
  const draws = [0.4, 0.6].map((each) => ({ auc: each, standardError: 0.01 }));
  assert.ok(Math.abs(meanSeparation(draws).standardError - Math.sqrt(0.01 ** 2 + 0.02 / 2)) < 1e-12);
});

const rows = (biases: Record<string, number>): TensorMap =>
  new Map(
    Object.entries(biases).map(([label, bias]) => [
      `head/${label}`,
      { shape: [2], data: Float32Array.of(7, bias) },
    ]),
  );

test('label counts are read out of moves, as far as the moves hold them', () => {
  const counts = new Map([
    ['a', 12],
    ['b', 3],
    ['c', 9],
  ]);
  const total = 24;
  // a row's bias moves by its share less an even one, times something nobody knows; an update is the negative of it
  const move = (one: ReadonlyMap<string, number>, all: number) =>
    rows(Object.fromEntries([...one].map(([label, count]) => [label, -0.04 * (count / all - 1 / 3) - 0.5])));
  const known = new Map([
    ['a', 1],
    ['b', 5],
    ['c', 4],
  ]);
  const knownUpdates = [{ update: move(known, 10), counts: known }];
  const estimate = estimateLabelCounts(move(counts, total), total, knownUpdates)!;
  assert.ok(countError(estimate, counts) < 1e-4, String([...estimate]));
  assert.equal(countError(evenGuess(counts), counts), (4 + 5 + 1) / 3);
  assert.equal(estimateLabelCounts(rows({ a: 1 }), 5, knownUpdates), null);
  assert.equal(estimateLabelCounts(move(counts, total), total, []), null);
});

test('canaries are like their alternatives but for the secret, and ranked by how much likelier they became', () => {
  const random = seededRandom(1);
  for (const { text, others } of madeCanaries(4, 31, random)) {
    assert.match(text, /^[A-Z][a-z ]+ \d{6}$/);
    assert.equal(new Set([text, ...others]).size, 32);
    for (const other of others) assert.equal(other.replace(/\d/g, ''), text.replace(/\d/g, ''));
  }
  assert.match(withOtherSecret('I met Elisabeth there', random), /^I met [A-Z][a-z]{8} there$/);
  assert.deepEqual(canaryOf('?!', 5, random).others, []);
  const told = canaryFigures([
    [9, ...Array(31).fill(1)],
    [8, ...Array(31).fill(2)],
  ]);
  assert.deepEqual([told.auc, told.exposure, told.ranks], [1, 5, [1, 1]]);
  const nothing = canaryFigures([Array(32).fill(0), Array(32).fill(0)]);
  assert.deepEqual([nothing.auc, nothing.exposure, nothing.ranks], [0.5, 0, [32, 32]]);
});

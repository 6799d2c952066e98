// What members tell of their verdicts under the mask: as an independent implementation has it, within the bounds of its places, and of
// sums nothing is read that no members can have made.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { opinions } from '@colora/protocol/guard/opinion';
import { mostFigure } from '@colora/protocol/masking/masking-ring';
import fc from 'fast-check';
import { readVerdictSums, type ToldVerdict, verdictNumberCount, verdictNumbers } from './verdict-numbers.ts';

const verdict: fc.Arbitrary<ToldVerdict> = fc.record({
  opinion: fc.constantFrom(...opinions),
  figures: fc.record({
    shareOfCore: fc.integer({ min: 0, max: 100 }),
    gain: fc.integer({ min: -100, max: 100 }),
    standardError: fc.integer({ min: 1, max: 100 }),
  }),
});

const sumOf = (verdicts: readonly ToldVerdict[]) => {
  const sum = new Int32Array(verdictNumberCount);
  for (const one of verdicts) for (const [at, number] of verdictNumbers(one).entries()) sum[at]! += number;
  return sum;
};

test('numbers and their sum are those of an independent implementation', () => {
  const url = new URL('../../fixtures/verdicts.json', import.meta.url);
  const recorded = JSON.parse(readFileSync(url, 'utf8')) as {
    readonly told: readonly (readonly [number, number, number, number])[];
    readonly numbers: readonly number[][];
    readonly sum: readonly number[];
  };
  const told = recorded.told.map(
    ([opinion, shareOfCore, gain, standardError]): ToldVerdict => ({
      opinion: opinions[opinion]!,
      figures: { shareOfCore, gain, standardError },
    }),
  );
  assert.deepEqual(told.map(verdictNumbers), recorded.numbers);
  assert.deepEqual([...sumOf(told)], recorded.sum);
});

test('whatever members tell, each number fits its place and their sum is read as what it is of', () => {
  fc.assert(
    fc.property(fc.array(verdict, { maxLength: 30 }), (verdicts) => {
      for (const one of verdicts)
        assert.ok(verdictNumbers(one).every((number) => number >= 0 && number <= mostFigure));
      const sums = readVerdictSums(sumOf(verdicts), verdicts.length)!;
      assert.equal(sums.told, verdicts.length);
      for (const one of opinions)
        assert.equal(sums.opinions[one], verdicts.filter(({ opinion }) => opinion === one).length);
      let [weight, weight2, gain, gain2, share] = [0, 0, 0, 0, 0];
      for (const { figures } of verdicts) {
        const a = 0.01 / ((figures.standardError / 100) ** 2 + 0.01);
        weight += a;
        weight2 += a ** 2;
        gain += (a * figures.gain) / 100;
        gain2 += a * (figures.gain / 100) ** 2;
        share += figures.shareOfCore / 100;
      }
      const off = verdicts.length / (2 * mostFigure) + 1e-9; // half a unit each
      assert.ok(Math.abs(sums.weight - weight) <= off && Math.abs(sums.weight2 - weight2) <= off);
      assert.ok(Math.abs(sums.gain - gain) <= 3 * off && Math.abs(sums.gain2 - gain2) <= off);
      assert.ok(Math.abs(sums.shareOfCore - share) < 1e-9);
    }),
  );
});

test('a sum that no so many can make is none: more who tell, more than they can tell, less than nothing', () => {
  const two: ToldVerdict[] = [10, 20].map((standardError) => ({
    opinion: 'helped',
    figures: { shareOfCore: 50, gain: 10, standardError },
  }));
  const sum = sumOf(two);
  assert.ok(readVerdictSums(sum, 2) !== null && readVerdictSums(new Int32Array(8), 0) !== null);
  assert.equal(readVerdictSums(sum, 1), null);
  const broken: [at: number, by: number][] = [
    [1, -1], // an opinion taken from who has none
    [1, 1], // a third who tells
    [3, 101], // explains more than all
    [4, 1400], // surer than a hundredth
    [4, -690], // less sure than not at all
    [5, 700], // its square above it
    [6, 700],
    [7, 800],
    [7, -800],
  ];
  for (const [at, by] of broken) {
    const other = Int32Array.from(sum);
    other[at]! += by;
    assert.equal(readVerdictSums(other, 2), null, `${at} by ${by}`);
  }
});

// Figures of a group that are made of masked sums are those that its members told in the clear would make, as far as rounded numbers go.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readVerdictSums, type ToldVerdict, verdictNumbers } from '@colora/privacy/rings/verdict-numbers';
import { groupFiguresSchema } from '@colora/protocol/guard/figures';
import { opinions } from '@colora/protocol/guard/opinion';
import fc from 'fast-check';
import { groupFiguresOf } from './group-figures.ts';
import { figuresOfSums } from './summed-verdicts.ts';

function summed(told: readonly ToldVerdict['figures'][]) {
  const rows = told.map((figures, at) =>
    verdictNumbers({ opinion: opinions[at % opinions.length]!, figures }),
  );
  const sum = Int32Array.from(rows[0]!, (_, at) => rows.reduce((total, row) => total + row[at]!, 0));
  return figuresOfSums(readVerdictSums(sum, told.length)!);
}

const share = fc.integer({ min: 0, max: 100 });
const gain = fc.integer({ min: -100, max: 100 });
const fours = { minLength: 1, maxLength: 6 };
const eachFourTimes = <One>(ones: readonly One[]) => ones.flatMap((one) => [one, one, one, one]);

test('of members who are equally sure they are the clear group’s', () => {
  const members = fc.array(fc.record({ shareOfCore: share, gain }), fours);
  fc.assert(
    fc.property(members, fc.integer({ min: 2, max: 20 }), (given, standardError) => {
      const told = eachFourTimes(given).map((one) => ({ ...one, standardError }));
      const [found, clear] = [summed(told)!, groupFiguresOf(told)!];
      assert.equal(found.reporters, clear.reporters);
      assert.ok(Math.abs(found.shareOfCore - clear.shareOfCore) < 1e-9);
      // half a unit of 1023 each, of a weight of a fifth at least
      assert.ok(Math.abs(found.gain.mean - clear.gain.mean) < 0.01);
      assert.ok(Math.abs(found.gain.spread ** 2 - clear.gain.spread ** 2) < 0.02);
      assert.ok(Math.abs(found.gain.standardError ** 2 - clear.gain.standardError ** 2) < 0.02);
    }),
  );
});

test('whatever members tell within their bounds, the answer is one that members take; fewer than four tell nothing', () => {
  const members = fc.record({
    shareOfCore: share,
    gain,
    standardError: fc.integer({ min: 1, max: 100 }),
  });
  fc.assert(
    fc.property(fc.array(members, { minLength: 1, maxLength: 40 }), (told) => {
      const found = summed(told);
      if (told.length < 4) assert.equal(found, null);
      else assert.deepEqual(groupFiguresSchema.parse(found), found);
    }),
  );
});

// What a member tells is three whole numbers within the schema's bounds, of its own evidence alone; what it hears changes its
// mixture and verdict, and nothing that it would tell.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memberFiguresSchema } from '@colora/protocol/guard/figures';
import { judge } from '@colora/training/collaboration/verdict';
import fc from 'fast-check';
import { figuresToTell, foundWith } from './own-figures.ts';

const log = fc.double({ min: -20, max: 0, noNaN: true });
const evidence = fc
  .array(fc.tuple(fc.tuple(log, log), fc.tuple(fc.boolean(), fc.boolean())), { minLength: 1, maxLength: 60 })
  .map((examples) => ({
    blended: false,
    labels: 3,
    logLikelihoods: examples.map(([logs]) => logs),
    verdict: judge({ right: examples.map(([, right]) => right) }, null),
  }));
const group = { reporters: 8, shareOfCore: 0.1, gain: { mean: -0.5, standardError: 0.03, spread: 0.05 } };
const mark = { groupCreatedAt: '', version: 4, data: '', why: null };

test('is within the bounds whatever the evidence, and the same before and after the group is heard', () => {
  fc.assert(
    fc.property(evidence, (own) => {
      const found = foundWith(own, null);
      const told = figuresToTell({ ...mark, found });
      assert.deepEqual(memberFiguresSchema.parse(told), told);
      assert.deepEqual(figuresToTell({ ...mark, found: foundWith(found, group) }), told);
      assert.deepEqual(foundWith(foundWith(found, group), null), found, 'what was heard can be taken back');
    }),
  );
});

test('a group that it does not help lowers the weight of core and the verdict', () => {
  const own = {
    blended: false,
    labels: 2,
    logLikelihoods: Array.from({ length: 8 }, (): [number, number] => [-0.5, -0.45]),
    verdict: judge({ right: Array.from({ length: 8 }, (_, i): [boolean, boolean] => [i > 0, true]) }, null),
  };
  const [before, after] = [foundWith(own, null), foundWith(own, group)];
  assert.equal(before.verdict.opinion, 'too-early');
  assert.equal(after.verdict.opinion, 'no-gain-seen');
  assert.ok(after.weights.core < before.weights.core - 0.2);
  assert.ok(Math.abs(after.weights.alone + after.weights.core - 1) < 1e-12);
});

test('a blend follows from one’s own examples: the group’s figures move the verdict alone', () => {
  const own = {
    blended: true,
    labels: null,
    logLikelihoods: Array.from({ length: 8 }, () => [-3, -2, -2.5, -4, -5]),
    verdict: judge({ right: Array.from({ length: 8 }, (): [boolean, boolean] => [true, false]) }, null),
  };
  const [before, after] = [foundWith(own, null), foundWith(own, group)];
  assert.deepEqual([before.weights, after.weights], [{ alone: 0.75, core: 0.25 }, before.weights]);
  assert.ok(after.verdict.helped < before.verdict.helped);
  assert.equal(figuresToTell({ ...mark, found: after }).shareOfCore, 25);
});

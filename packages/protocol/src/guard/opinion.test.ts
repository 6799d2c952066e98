// What is said of a gain: between one's own figure and the group's, sure only where both together are, and never NaN.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { groupFiguresSchema } from './figures.ts';
import { beliefWithoutGroup, normalProbability, opinionOf, probabilityOfGain } from './opinion.ts';

test('the normal distribution, to 1e-7', () => {
  const known = [
    [-2.5, 0.006209665325776159],
    [-1, 0.15865525393145707],
    [0, 0.5],
    [0.3, 0.6179114221889526],
    [1.7, 0.955434537241457],
  ] as const;
  for (const [z, p] of known) assert.ok(Math.abs(normalProbability(z) - p) < 1e-7, `Phi(${z})`);
});

test('by hand: as many errors within as between people halve the way to the group', () => {
  // B = 1/2; m = (0.2 + 0.1) / 2 = 0.15; v = 0.01 / 2 + 0.02^2 / 4 = 0.0051; z = 2.1004
  const own = { gain: 0.1, standardError: 0.1 };
  const group = { mean: 0.2, standardError: 0.02, spread: 0.1 };
  const helped = probabilityOfGain(own, group);
  assert.ok(Math.abs(helped - 0.9821540499415977) < 1e-6, `${helped}`);
  assert.equal(opinionOf(own, group), 'helped');
});

test('where people seem not to differ one’s own figure counts all the same; a lone figure is believed by its own', () => {
  // B = 0.01 / (0.01 + 0.04^2); m = B / 10 + (1 - B) gain, v = (1 - B) / 100 + B^2 / 400
  const alike = { mean: 0.1, standardError: 0.05, spread: 0 };
  const helped = (gain: number) => probabilityOfGain({ gain, standardError: 0.1 }, alike);
  assert.ok(Math.abs(helped(0.1) - normalProbability(0.1 / 0.056865)) < 1e-4, `${helped(0.1)}`);
  assert.equal(opinionOf({ gain: 0.1, standardError: 0.1 }, alike), 'helped');
  assert.equal(opinionOf({ gain: -0.1, standardError: 0.1 }, alike), 'too-early');
  const scattered = { mean: 0.5, standardError: 1, spread: 1e6 };
  const own = probabilityOfGain({ gain: -0.1, standardError: 0.1 }, scattered);
  assert.ok(Math.abs(own - normalProbability(-1)) < 1e-6);
});

const measured = fc.record({
  gain: fc.double({ min: -1, max: 1, noNaN: true }),
  standardError: fc.double({ min: 0.01, max: 1, noNaN: true }),
});
const belief = fc.record({
  mean: fc.double({ min: -1, max: 1, noNaN: true }),
  standardError: fc.double({ min: 1e-3, max: 1, noNaN: true }),
  spread: fc.double({ min: 0, max: 1, noNaN: true }),
});

test('is a probability, grows with one’s own gain and with the group’s, and turns round where both are mirrored', () => {
  fc.assert(
    fc.property(measured, belief, fc.double({ min: 0, max: 0.5, noNaN: true }), (own, group, more) => {
      const helped = probabilityOfGain(own, group);
      assert.ok(helped >= 0 && helped <= 1);
      assert.ok(probabilityOfGain({ ...own, gain: own.gain + more }, group) >= helped - 1e-6);
      assert.ok(probabilityOfGain(own, { ...group, mean: group.mean + more }) >= helped - 1e-6);
      const mirrored = probabilityOfGain({ ...own, gain: -own.gain }, { ...group, mean: -group.mean });
      assert.ok(Math.abs(mirrored - (1 - helped)) < 1e-6);
    }),
  );
});

test('whatever a coordinator answers within the bounds comes to a probability', () => {
  const answered = (gain: object) => groupFiguresSchema.safeParse({ reporters: 4, shareOfCore: 0.5, gain });
  for (const mean of [-1, 0, 1])
    for (const spread of [0, 5e-324, 2])
      for (const standardError of [5e-324, 1e-160, 1e-6, 2]) {
        const told = answered({ mean, spread, standardError }).data;
        if (told === undefined) continue;
        const helped = probabilityOfGain({ gain: 0, standardError: 0.01 }, told.gain);
        assert.ok(helped >= 0 && helped <= 1, `${helped} of ${JSON.stringify(told.gain)}`);
      }
  assert.ok(answered({ mean: 0, spread: 0, standardError: 1e-3 }).success);
});

test('without a group a few agreeing examples stay below the certainty that is told', () => {
  assert.equal(opinionOf({ gain: 0.5, standardError: 0.4 }, beliefWithoutGroup), 'too-early');
  assert.equal(opinionOf({ gain: 0.2, standardError: 0.05 }, beliefWithoutGroup), 'helped');
});

test('no gain is seen only where none is left when the evidence is taken for a little pessimistic', () => {
  const told = (mean: number) =>
    opinionOf({ gain: mean, standardError: 0.1 }, { mean, standardError: 0.03, spread: 0.04 });
  assert.deepEqual([0.1, 0.02, -0.02, -0.08, -0.13, -0.45].map(told), [
    'helped',
    'too-early',
    'too-early',
    'too-early',
    'no-gain-seen',
    'no-gain-seen',
  ]);
});

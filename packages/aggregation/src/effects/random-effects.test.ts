// Random effects on the example every textbook has, and what a liar among the members can do to them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { boundedEffects, type Effect, randomEffects } from './random-effects.ts';

/** BCG against tuberculosis, 13 trials (Colditz et al. 1994): ill and well among the vaccinated, ill and well among the others. */
const trials = [
  [4, 119, 11, 128],
  [6, 300, 29, 274],
  [3, 228, 11, 209],
  [62, 13536, 248, 12619],
  [33, 5036, 47, 5761],
  [180, 1361, 372, 1079],
  [8, 2537, 10, 619],
  [505, 87886, 499, 87892],
  [29, 7470, 45, 7232],
  [17, 1699, 65, 1600],
  [186, 50448, 141, 27197],
  [5, 2493, 3, 2338],
  [27, 16886, 29, 17825],
] as const;

test('the vaccine’s log relative risk is the published one, with its error and its variance between trials', () => {
  const effects = trials.map(([ill, well, otherIll, otherWell]) => ({
    value: Math.log(ill / (ill + well) / (otherIll / (otherIll + otherWell))),
    standardError: Math.sqrt(1 / ill - 1 / (ill + well) + 1 / otherIll - 1 / (otherIll + otherWell)),
  }));
  const { mean, standardError, spread } = randomEffects(effects);
  const found = [mean, standardError, spread ** 2].map((value) => value.toFixed(4));
  assert.deepEqual(found, ['-0.7141', '0.1787', '0.3088']); // metafor's rma(yi, vi, method = "DL") on dat.bcg
});

test('by hand: two that differ by chance, two that do not, one alone', () => {
  const near = randomEffects([
    { value: 0, standardError: 0.1 },
    { value: 0.1, standardError: 0.1 },
  ]);
  assert.ok(Math.abs(near.mean - 0.05) < 1e-12 && near.spread === 0);
  assert.ok(Math.abs(near.standardError - 0.1 / Math.SQRT2) < 1e-12);
  const far = randomEffects([
    { value: 0, standardError: 0.1 },
    { value: 1, standardError: 0.1 },
  ]); // Q = 50, scale = 100: spread^2 = 0.49
  assert.ok(Math.abs(far.spread - 0.7) < 1e-12 && Math.abs(far.mean - 0.5) < 1e-12);
  assert.ok(Math.abs(far.standardError - 0.5) < 1e-12);
  const alone = randomEffects([{ value: 0.2, standardError: 0.1 }]);
  assert.ok(Math.abs(alone.mean - 0.2) < 1e-12 && Math.abs(alone.standardError - 0.1) < 1e-12);
  assert.equal(alone.spread, 0);
  assert.throws(() => randomEffects([]), RangeError);
});

const effect: fc.Arbitrary<Effect> = fc.record({
  value: fc.integer({ min: -100, max: 100 }).map((hundredths) => hundredths / 100),
  standardError: fc.integer({ min: 1, max: 100 }).map((hundredths) => hundredths / 100),
});
const group = fc.array(effect, { minLength: 3, maxLength: 30 });
const honest = fc.integer({ min: 3, max: 30 }).chain((members) =>
  fc.array(
    fc.integer({ min: -20, max: 20 }).map((value) => ({ value: value / 100, standardError: 0.1 })),
    { minLength: members, maxLength: members },
  ),
);

test('lies between its members, whatever their order and however they are shifted', () => {
  fc.assert(
    fc.property(group, fc.double({ min: -1, max: 1, noNaN: true }), (effects, shift) => {
      const { mean, standardError, spread } = randomEffects(effects);
      const values = effects.map(({ value }) => value);
      assert.ok(mean >= Math.min(...values) - 1e-9 && mean <= Math.max(...values) + 1e-9);
      assert.ok(standardError > 0 && spread >= 0);
      const reversed = randomEffects([...effects].reverse());
      assert.ok(Math.abs(reversed.mean - mean) < 1e-9);
      const shifted = randomEffects(effects.map((one) => ({ ...one, value: one.value + shift })));
      assert.ok(Math.abs(shifted.mean - mean - shift) < 1e-9);
      assert.ok(Math.abs(shifted.spread - spread) < 1e-6);
    }),
  );
});

test('bounded, one member’s claim moves the mean by its share of the members and no further', () => {
  fc.assert(
    fc.property(honest, effect, (others, liar) => {
      const before = randomEffects(boundedEffects(others));
      const after = randomEffects(boundedEffects([...others, liar]));
      const share = 1 / (others.length + 1);
      assert.ok(Math.abs(after.mean - before.mean) <= share * Math.abs(liar.value - before.mean) + 1e-9);
    }),
  );
});

test('bounded, a claim of certainty is not heard, unbounded it would decide for all', () => {
  const others = Array.from({ length: 11 }, () => ({ value: 0, standardError: 0.1 }));
  const claims = [...others, { value: 0.1, standardError: 0.01 }];
  const certainty = ({ mean, standardError }: ReturnType<typeof randomEffects>) => mean / standardError;
  assert.ok(certainty(randomEffects(claims)) > 5);
  assert.ok(certainty(randomEffects(boundedEffects(claims))) < 0.5);
  assert.deepEqual(boundedEffects([]), []);
});

// Random effects out of sums alone: the definition's, the other method's where all are equally sure, and about as good elsewhere.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@colora/tensors/random';
import fc from 'fast-check';
import { fixedWeightEffects } from './fixed-weight-effects.ts';
import { boundedEffects, type Effect, type GroupEffect, randomEffects } from './random-effects.ts';

const scale = 0.1;
const bounds = { scale, leastError: 0.01 };
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const weightOf = ({ standardError }: Effect) => scale ** 2 / (standardError ** 2 + scale ** 2);

function ofSums(effects: readonly Effect[]): GroupEffect {
  const weights = effects.map(weightOf);
  const over = (part: (a: number, y: number) => number) =>
    sum(effects.map(({ value }, at) => part(weights[at]!, value)));
  return fixedWeightEffects(
    {
      members: effects.length,
      ...{ weight: over((a) => a), weight2: over((a) => a * a) },
      ...{ value: over((a, y) => a * y), value2: over((a, y) => a * y * y) },
    },
    bounds,
  );
}

/** With every member's own standard error. */
function byDefinition(effects: readonly Effect[]): GroupEffect {
  const weights = effects.map(weightOf);
  const total = sum(weights);
  const mean = sum(effects.map(({ value }, at) => weights[at]! * value)) / total;
  const q = sum(effects.map(({ value }, at) => weights[at]! * (value - mean) ** 2));
  const chance = sum(
    effects.map(({ standardError }, at) => weights[at]! * (1 - weights[at]! / total) * standardError ** 2),
  );
  const room = total - sum(weights.map((a) => a * a)) / total;
  const variance = effects.length > 1 ? Math.max(0, (q - chance) / room) : 0;
  const error = sum(
    effects.map(({ standardError }, at) => (weights[at]! / total) ** 2 * (standardError ** 2 + variance)),
  );
  return { mean, standardError: Math.sqrt(error), spread: Math.sqrt(variance) };
}

function assertNear(found: GroupEffect, expected: GroupEffect, within: number): void {
  for (const name of ['mean', 'standardError'] as const)
    assert.ok(Math.abs(found[name] - expected[name]) <= within, `${name} ${found[name]} ${expected[name]}`);
  assert.ok(Math.abs(found.spread ** 2 - expected.spread ** 2) <= within, 'spread');
}

const hundredths = (min: number, max: number) => fc.integer({ min, max }).map((whole) => whole / 100);
const effect: fc.Arbitrary<Effect> = fc.record({
  value: hundredths(-100, 100),
  standardError: hundredths(1, 100),
});
const group = fc.array(effect, { minLength: 2, maxLength: 30 });

test('sums over the members are enough for what follows from each member by herself', () => {
  fc.assert(fc.property(group, (effects) => assertNear(ofSums(effects), byDefinition(effects), 1e-6)));
});

test('where all are equally sure it is what the weights of DerSimonian and Laird come to', () => {
  fc.assert(
    fc.property(group, hundredths(1, 100), (effects, standardError) => {
      const alike = effects.map(({ value }) => ({ value, standardError }));
      assertNear(ofSums(alike), randomEffects(boundedEffects(alike)), 1e-6);
    }),
  );
});

test('of twelve members who aren’t, its mean is as near to the truth, and its error as true', () => {
  const random = seededRandom('twelve');
  const off = { sums: 0, each: 0 };
  let claimed = 0;
  const draws = 2000;
  for (let draw = 0; draw < draws; draw += 1) {
    const effects = Array.from({ length: 12 }, () => {
      const standardError = 0.05 + 0.15 * random.next();
      return { value: 0.1 + 0.05 * random.gaussian() + standardError * random.gaussian(), standardError };
    });
    const found = ofSums(effects);
    off.sums += (found.mean - 0.1) ** 2;
    off.each += (randomEffects(boundedEffects(effects)).mean - 0.1) ** 2;
    claimed += found.standardError ** 2;
  }
  assert.ok(off.sums < 1.05 * off.each, `${Math.sqrt(off.sums / draws)} ${Math.sqrt(off.each / draws)}`);
  const ratio = claimed / off.sums;
  assert.ok(ratio > 0.85 && ratio < 1.3, `${ratio}`);
});

test('sums that are none of anybody’s give figures within their bounds all the same, and none at all gives none', () => {
  const part = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), part, part, part, part, (members, w, w2, y, y2) => {
      const weight = members * Math.max(w, 0.009);
      const sums = {
        members,
        weight,
        weight2: w2 * weight,
        value: (2 * y - 1) * weight,
        value2: y2 * weight,
      };
      const { mean, standardError, spread } = fixedWeightEffects(sums, bounds);
      assert.ok(Math.abs(mean) <= 1 && spread >= 0 && spread <= Math.SQRT2);
      assert.ok(standardError >= 0.001 && standardError <= 2, `${standardError}`);
    }),
  );
  assert.throws(() => ofSums([]), RangeError);
});

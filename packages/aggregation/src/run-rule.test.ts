import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TensorMap, tensor } from '@colora/tensors/tensor';
import fc from 'fast-check';
import { AggregationError } from './aggregation-error.ts';
import type { Contribution } from './contribution.ts';
import { contributionsInMemory } from './contributions-in-memory.ts';
import { mean } from './rules/mean.ts';
import { median } from './rules/median.ts';
import { trimmedMean } from './rules/trimmed-mean.ts';
import { runRule } from './run-rule.ts';

const schema: TensorMap = new Map([
  ['A', tensor([2, 2], [0, 0, 0, 0])],
  ['B', tensor([1], [0])],
  ['unsent', tensor([3], [0, 0, 0])],
]);

const value = fc.float({ min: -1000, max: 1000, noNaN: true });
const contributions = fc.array(
  fc
    .record({
      weight: fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
      A: fc.option(fc.array(value, { minLength: 4, maxLength: 4 })),
      B: fc.option(value),
    })
    .map(({ weight, A, B }): Contribution => {
      const sent = new Map([
        ...(A === null ? [] : [['A', tensor([2, 2], A)] as const]),
        ...(B === null ? [] : [['B', tensor([1], [B])] as const]),
      ]);
      return { weight, tensors: sent };
    }),
  { minLength: 1, maxLength: 8 },
);

/** The definition, element by element, with everything in memory; sums in the contributions' order. */
function naiveMean(all: readonly Contribution[], name: string, element: number): number | undefined {
  const sent = all.filter(({ tensors }) => tensors.has(name));
  const total = sent.reduce((sum, { weight }) => sum + weight, 0);
  const sum = sent.reduce((s, { weight, tensors }) => s + weight * tensors.get(name)!.data[element]!, 0);
  return sent.length === 0 ? undefined : Math.fround(sum / total);
}

test('the mean is its definition, bit by bit, each tensor over those that sent it', async () => {
  await fc.assert(
    fc.asyncProperty(contributions, async (all) => {
      const { update } = await runRule(mean, contributionsInMemory(schema, all), new Map());
      for (const [name, { data }] of schema) {
        for (const i of data.keys()) assert.equal(update.get(name)?.data[i], naiveMean(all, name, i));
      }
    }),
  );
});

test('sums are in f64, and every element counts whatever the length', async () => {
  const lengths = new Map(Array.from({ length: 10 }, (_, n) => [`w${n}`, { shape: [n] }]));
  const values = (x: number): TensorMap =>
    new Map([...lengths].map(([name, { shape }]) => [name, tensor(shape, Array(shape[0]).fill(x))]));
  const sent = [2 ** 24, ...Array(1000).fill(1)].map((x) => ({ weight: 1, tensors: values(x) }));
  const { update } = await runRule(mean, contributionsInMemory(lengths, sent), new Map());
  const expected = Math.fround((2 ** 24 + 1000) / 1001);
  for (const { data } of update.values()) for (const x of data) assert.equal(x, expected);
  assert.equal(update.size, 9); // w0 has no elements to send
});

test('a lone contribution comes out as it went in, bit by bit', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      async (weight, x) => {
        const lone = [{ weight, tensors: new Map([['B', tensor([1], [x])]]) }];
        const { update } = await runRule(mean, contributionsInMemory(schema, lone), new Map());
        assert.equal(update.get('B')!.data[0]! + 0, x + 0);
      },
    ),
  );
});

test('windows make no difference: large tensors, small ones, ones that only some hold', async () => {
  const large: TensorMap = new Map([
    ['a', tensor([3], [0, 0, 0])],
    ['big', tensor([70_000], new Float32Array(70_000))],
    ['z', tensor([5], [0, 0, 0, 0, 0])],
  ]);
  const sent = (seed: number, names: readonly string[]): Contribution => ({
    weight: seed,
    tensors: new Map(
      names.map((name) => [
        name,
        { shape: large.get(name)!.shape, data: large.get(name)!.data.map((_, i) => Math.sin(seed * 7 + i)) },
      ]),
    ),
  });
  const round = contributionsInMemory(large, [
    sent(1, ['a', 'big', 'z']),
    sent(2, ['big']),
    sent(3, ['a', 'big']),
  ]);
  for (const rule of [mean, median, trimmedMean({ trim: 0.2 })]) {
    const whole = await runRule(rule, round, new Map(), { windowBytes: 1e9 });
    const small = await runRule(rule, round, new Map(), { windowBytes: 1 });
    assert.deepEqual([...small.update], [...whole.update]);
    assert.deepEqual([...whole.update.keys()], ['a', 'big', 'z']);
  }
});

test('too few contributions, bad weights and what is not finite are refused by name', async () => {
  const one = (B: number, weight = 1) => ({ weight, tensors: new Map([['B', tensor([1], [B])]]) });
  const run = (rule: typeof mean | typeof median, all: Contribution[]) =>
    runRule(rule, contributionsInMemory(schema, all), new Map());
  const refused = (code: string, message: RegExp) => (error: unknown) =>
    error instanceof AggregationError && error.code === code && message.test(error.message);
  await assert.rejects(
    run(mean, []),
    refused('too-few-contributions', /mean needs at least 1 contributions/),
  );
  for (const weight of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    await assert.rejects(run(mean, [one(1, weight)]), refused('bad-weight', /weight/));
  const unknown = { weight: 1, tensors: new Map([['C', tensor([1], [1])]]) };
  assert.throws(() => contributionsInMemory(schema, [unknown]), refused('unknown-tensor', /no tensor C/));
  const wrong = { weight: 1, tensors: new Map([['A', tensor([4], [1, 2, 3, 4])]]) };
  assert.throws(() => contributionsInMemory(schema, [wrong]), refused('wrong-shape', /A has shape \[4\]/));
  await assert.rejects(run(mean, [one(Number.NaN)]), refused('not-finite', /the mean of B is not finite/));
  await assert.rejects(
    run(median, [one(Number.POSITIVE_INFINITY)]),
    refused('not-finite', /the median of B/),
  );
});

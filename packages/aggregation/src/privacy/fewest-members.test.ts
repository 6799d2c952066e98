// Nothing moves in a checkpoint that fewer members than needed hold, whatever the rule; what enough hold moves to the bit as if the
// rest had not been sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AggregationRuleName,
  aggregationRuleSchema,
  aggregationSchema,
} from '@colora/protocol/aggregation-settings';
import { type TensorMap, tensor } from '@colora/tensors/tensor';
import fc from 'fast-check';
import { contributionsInMemory } from '../contributions-in-memory.ts';
import { chooseRule } from '../rules/choose-rule.ts';
import { runRule } from '../run-rule.ts';
import { type HeldContributions, membersNeeded, moveTogether } from './fewest-members.ts';

test('a group of fewer than the setting needs all of its members, and one alone itself', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 100].map((members) => membersNeeded(3, members)),
    [1, 1, 2, 3, 3],
  );
  assert.equal(membersNeeded(1, 100), 1);
});

const names = ['a', 'b', 'c', 'd'];
const schema = new Map(names.map((name) => [name, { shape: [3] }]));
/** What each of up to six members holds, late by some versions, of some weight. */
const rounds = fc.array(
  fc.record({
    held: fc.subarray(names, { minLength: 1 }),
    values: fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 3, maxLength: 3 }),
    weight: fc.integer({ min: 1, max: 5 }),
    staleness: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 1, maxLength: 6 },
);

type Sent = Parameters<typeof contributionsInMemory>[1];

const heldRound = (contributions: Sent): HeldContributions => ({
  ...contributionsInMemory(schema, contributions),
  held: contributions.map(({ tensors }) => new Set(tensors.keys())),
});

test('what too few hold doesn’t move, and the rest moves as if it had not been sent', async () => {
  await fc.assert(
    fc.asyncProperty(rounds, fc.integer({ min: 1, max: 4 }), async (members, setting) => {
      const needed = membersNeeded(setting, members.length);
      const contributions = members.map(({ held, values, ...rest }) => ({
        ...rest,
        tensors: new Map(held.map((name) => [name, tensor([3], values)])) as TensorMap,
      }));
      const rule = chooseRule(aggregationSchema.parse({ rule: 'mean' }));
      const { update, moved } = await moveTogether(rule, heldRound(contributions), needed, new Map());
      for (const name of names) {
        const holders = members.filter(({ held }) => held.includes(name)).length;
        assert.equal(moved.has(name), holders > 0 && holders >= needed, `${name}: ${holders} of ${needed}`);
      }
      const without = contributions.map(({ tensors, ...rest }) => ({
        ...rest,
        tensors: new Map([...tensors].filter(([name]) => moved.has(name))),
      }));
      const expected = await runRule(rule, contributionsInMemory(schema, without), new Map());
      assert.deepEqual(update, expected.update);
    }),
    { numRuns: 60 },
  );
});

const five = (holders: number): Sent =>
  Array.from({ length: 5 }, (_, member) => ({
    weight: 1,
    tensors: new Map(
      (member < holders ? ['a', 'b'] : ['a']).map((name) => [name, tensor([3], [member + 1, 2, 3])]),
    ) as TensorMap,
  }));
const ruleNamed = (rule: AggregationRuleName) => chooseRule(aggregationSchema.parse({ rule, radius: 1 }));
const movedBy = async (rule: AggregationRuleName, holders: number, needed: number) =>
  [
    ...(await moveTogether(ruleNamed(rule), heldRound(five(holders)), needed, new Map())).update.keys(),
  ].sort();

for (const rule of aggregationRuleSchema.options.filter((name) => !name.endsWith('krum'))) {
  test(`${rule}: a row that two of five hold stays where it is, and moves where two are enough`, async () => {
    assert.deepEqual(await movedBy(rule, 2, 3), ['a']);
    assert.deepEqual(await movedBy(rule, 2, 2), ['a', 'b']);
  });
}

test('whose contribution a rule leaves out holds nothing: krum takes one, which is nobody else’s, and multi-krum two of five', async () => {
  assert.deepEqual(await movedBy('krum', 5, 1), ['a', 'b']);
  assert.deepEqual(await movedBy('krum', 5, 2), []);
  assert.deepEqual(await movedBy('multi-krum', 5, 2), ['a', 'b']);
  assert.deepEqual(await movedBy('multi-krum', 5, 3), []);
});

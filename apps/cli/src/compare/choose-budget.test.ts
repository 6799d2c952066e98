import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Person } from '../experiment/person.ts';
import { chooseBudget } from './choose-budget.ts';
import { chooseMaxTokens } from './choose-max-tokens.ts';

const person = (texts: readonly string[]): Person => ({
  name: 'aya',
  group: 'films',
  examples: texts.map((text) => ({ text, label: 'good' })),
  heldOut: [],
});
const completions = (length: number): Person => ({
  ...person([]),
  examples: Array.from({ length: 10 }, () => ({ prompt: words(length), completion: ' good' })),
});
const words = (count: number) => Array.from({ length: count }, () => 'word').join(' ');

test('the recipe’s rounds for little data, more for more, and no end of them for nobody', () => {
  const withExamples = (count: number) => person(Array.from({ length: count }, () => 'word'));
  assert.equal(chooseBudget([withExamples(32)], 'classification').rounds, 8);
  assert.equal(chooseBudget([withExamples(128)], 'classification').rounds, 16);
  assert.equal(
    chooseBudget([withExamples(128), withExamples(16), withExamples(16)], 'classification').rounds,
    8,
  );
  assert.equal(chooseBudget([withExamples(100_000)], 'classification').rounds, 40);
  assert.equal(chooseBudget([withExamples(128)], 'classification', 3).rounds, 3);
  assert.deepEqual(chooseBudget([withExamples(64)], 'causal-lm'), { rounds: 16, steps: 8, batchSize: 4 });
});

test('nearly all texts are read whole, whatever the longest is', () => {
  assert.equal(chooseMaxTokens([person([words(5), words(8)])], 'classification'), 24);
  const mixed = [...Array.from({ length: 19 }, () => words(30)), words(500)];
  assert.equal(chooseMaxTokens([person(mixed)], 'classification'), 48);
  assert.equal(chooseMaxTokens([person([words(500)])], 'classification'), 128);
  assert.equal(chooseMaxTokens([completions(15)], 'causal-lm'), 32);
  assert.equal(chooseMaxTokens([completions(100)], 'causal-lm'), 192);
  assert.equal(chooseMaxTokens([completions(1000)], 'causal-lm'), 512);
});

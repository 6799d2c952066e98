// The verdict's figures against the same formulas in Python, and what is said of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, normalProbability } from './verdict.ts';

/** So many examples right by core alone, by alone alone, by both. */
const evidence = (core: number, alone: number, both: number) => ({
  right: [
    ...Array.from({ length: core }, () => [false, true] as const),
    ...Array.from({ length: alone }, () => [true, false] as const),
    ...Array.from({ length: both }, () => [true, true] as const),
  ],
});

test('gain, standard error with one pseudo-error and probability are the reference’s', () => {
  const { gain, standardError, helped, examples, opinion } = judge(evidence(3, 1, 4));
  assert.deepEqual([gain, examples, opinion], [0.25, 8, 'too-early']);
  assert.ok(Math.abs(standardError - 0.2834733547569204) < 1e-12);
  assert.ok(Math.abs(helped - 0.6153882791205232) < 1e-6);
});

test('an opinion takes certainty either way, and a few examples that all agree are not enough', () => {
  assert.equal(judge(evidence(16, 2, 46)).opinion, 'helped');
  assert.equal(judge(evidence(2, 16, 46)).opinion, 'no-gain-seen');
  assert.equal(judge(evidence(2, 0, 2)).opinion, 'too-early');
  assert.ok(Math.abs(judge(evidence(0, 0, 64)).helped - 0.5) < 1e-6);
  assert.equal(judge({ right: [] }).opinion, 'too-early');
});

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

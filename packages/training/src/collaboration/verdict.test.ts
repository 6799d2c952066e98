// The verdict's figures against the same formulas in Python, and what is said of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concluded, judge } from './verdict.ts';

/** So many examples right by core alone, by alone alone, by both. */
const evidence = (core: number, alone: number, both: number) => ({
  right: [
    ...Array.from({ length: core }, () => [false, true] as const),
    ...Array.from({ length: alone }, () => [true, false] as const),
    ...Array.from({ length: both }, () => [true, true] as const),
  ],
});

test('gain, standard error with one pseudo-error and probability are the reference’s', () => {
  const { gain, standardError, helped, examples, opinion } = judge(evidence(3, 1, 4), null);
  assert.deepEqual([gain, examples, opinion], [0.25, 8, 'too-early']);
  assert.ok(Math.abs(standardError - 0.2834733547569204) < 1e-12);
  assert.ok(Math.abs(helped - 0.6153882791205232) < 1e-6);
});

test('an opinion takes certainty either way, and a few examples that all agree are not enough', () => {
  assert.equal(judge(evidence(16, 2, 46), null).opinion, 'helped');
  assert.equal(judge(evidence(2, 16, 46), null).opinion, 'no-gain-seen');
  assert.equal(judge(evidence(2, 8, 54), null).opinion, 'too-early');
  assert.equal(judge(evidence(0, 60, 4), null).opinion, 'no-gain-seen');
  assert.equal(judge(evidence(2, 0, 2), null).opinion, 'too-early');
  assert.ok(Math.abs(judge(evidence(0, 0, 64), null).helped - 0.5) < 1e-6);
  assert.equal(judge({ right: [] }, 2).opinion, 'too-early');
});

test('a group in which it helps makes surer of a little gain, one in which it does not takes it back', () => {
  const own = judge(evidence(3, 1, 12), null);
  assert.equal(own.opinion, 'too-early');
  const { opinion, helped, ...measured } = own;
  const helps = concluded(own, { mean: 0.15, standardError: 0.02, spread: 0.05 });
  const doesNot = concluded(own, { mean: -0.45, standardError: 0.02, spread: 0.05 });
  assert.deepEqual([helps.opinion, doesNot.opinion], ['helped', 'no-gain-seen']);
  assert.deepEqual({ ...helps, opinion, helped }, { ...measured, opinion, helped });
  const none = concluded(judge({ right: [] }, 2), { mean: 1, standardError: 0.01, spread: 0 });
  assert.equal(none.opinion, 'too-early');
});

test('of models that were fitted to other examples a part of the errors is laid to what was left out', () => {
  // by hand: 3 of 7 wrong alone, which of two labels is 6/7 of chance; none of core
  const { gain, standardError } = judge(evidence(3, 0, 4), 2);
  assert.ok(Math.abs(gain - (0.632 * (3 / 7)) / (1 - 0.368 * (6 / 7))) < 1e-12, `${gain}`);
  assert.equal(standardError, judge(evidence(3, 0, 4), null).standardError);
  // with more labels to choose from as many errors are further from chance
  assert.ok(judge(evidence(3, 0, 4), 6).gain < gain);
  for (const labels of [1, 2, 60]) {
    assert.equal(judge(evidence(2, 2, 9), labels).gain, 0);
    assert.ok(Math.abs(judge(evidence(8, 0, 0), labels).gain - 1) < 1e-12, 'all wrong is all wrong');
  }
});

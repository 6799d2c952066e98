// Weights of the mixture against the same iteration in numpy, and what a guard rests on: clear evidence wins, none leaves the prior.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  explainedShares,
  mixedProbabilities,
  mixingWeights,
  priorByOwnExamples,
  priorOfGroup,
  priorWithoutGroup,
  soberEvidence,
} from './mixing-weights.ts';

const logs = [
  [-0.2, -0.7],
  [-1.1, -0.3],
  [-0.5, -0.4],
  [-2, -0.1],
  [-0.05, -0.9],
  [-0.6, -0.55],
];
function close(found: readonly number[], wanted: readonly number[]): void {
  for (const [k, value] of wanted.entries())
    assert.ok(Math.abs(found[k]! - value) < 1e-7, `${found[k]} is not ${value}`);
}

test('are the reference’s, under the prior without a group’s figures and under another', () => {
  close(mixingWeights(logs, { weights: [0.25, 0.75], strength: 4 }), [0.23783405, 0.76216595]);
  close(mixingWeights(logs, { weights: [0.4, 0.6], strength: 8 }), [0.37962901, 0.62037099]);
});

test('without examples the prior stands; many that one arm explains outweigh it', () => {
  close(mixingWeights([], priorWithoutGroup), [0.25, 0.375, 0.375]);
  const clear = Array.from({ length: 64 }, () => [-0.05, -1.5, -1.5]);
  assert.ok(mixingWeights(clear, priorWithoutGroup)[0]! > 0.9);
});

test('the share that an arm explains is its weight without the pseudo-examples', () => {
  const examples = logs.map(([alone, core]) => [alone!, core!, -1]);
  const weights = mixingWeights(examples, priorWithoutGroup);
  const shares = explainedShares(examples, priorWithoutGroup);
  close(
    shares,
    weights.map((weight, arm) => (weight * (6 + 4) - 4 * priorWithoutGroup.weights[arm]!) / 6),
  );
  close(explainedShares([], priorWithoutGroup), [0.25, 0.375, 0.375]);
});

test('who judges what is trained together as it is weighs what is hoped for twice', () => {
  const fitted = logs.map(([alone, core]) => [alone!, core!, -1]);
  const asItIs = logs.map(([alone, core]) => [alone!, core!, core!]);
  assert.deepEqual(priorByOwnExamples(fitted), priorWithoutGroup);
  assert.deepEqual(priorByOwnExamples(asItIs), { weights: priorWithoutGroup.weights, strength: 8 });
  assert.deepEqual(priorByOwnExamples([...asItIs, fitted[0]!]), priorWithoutGroup);
});

test('an arm that finds the right label impossible is not followed into it', () => {
  const weights = mixingWeights([[-1e9, -0.1, -2]], priorWithoutGroup);
  assert.ok(weights.every(Number.isFinite));
  close([weights.reduce((sum, weight) => sum + weight, 0)], [1]);
});

test('a mixture of distributions is one, over the labels of all arms', () => {
  const mixed = mixedProbabilities(
    [
      { a: 0.9, b: 0.1 },
      { a: 0.2, b: 0.3, c: 0.5 },
    ],
    [0.25, 0.75],
  );
  close([mixed.a!, mixed.b!, mixed.c!], [0.375, 0.25, 0.375]);
});

test('the group’s prior: by hand, between the fixed one and the members’ mean, and no member’s alone', () => {
  const prior = priorOfGroup({ reporters: 12, shareOfCore: 0.2 });
  close(prior.weights, [(12 * 0.8 + 1) / 16, (12 * 0.2 + 3) / 32, (12 * 0.2 + 3) / 32]);
  assert.equal(prior.strength, 8);
  close(priorOfGroup({ reporters: 0, shareOfCore: 0 }).weights, priorWithoutGroup.weights);
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 4, max: 100 }), share, share, (others, shareOfCore, claim) => {
      const without = priorOfGroup({ reporters: others, shareOfCore });
      const reporters = others + 1;
      const withClaim = priorOfGroup({
        reporters,
        shareOfCore: (others * shareOfCore + claim) / reporters,
      });
      const moved = Math.abs(withClaim.weights[0]! - without.weights[0]!);
      assert.ok(moved <= 1 / (reporters + 4) + 1e-12);
      assert.ok(moved * withClaim.strength < 1, 'less than one pseudo-example');
      close([withClaim.weights.reduce((sum, weight) => sum + weight, 0)], [1]);
    }),
  );
});

test('evidence that is as good for both leans towards alone, which predicts better than it was judged; clear evidence stays', () => {
  const weightOfCore = (difference: number) => {
    const examples = Array.from({ length: 32 }, () => [-0.6, -0.6 + difference]);
    return 1 - mixingWeights(soberEvidence(examples, null), priorWithoutGroup)[0]!;
  };
  assert.ok(weightOfCore(0) < 0.5 && Math.abs(weightOfCore(0.15) - 0.75) < 1e-6);
  assert.ok(weightOfCore(0.4) > 0.85, `${weightOfCore(0.4)}`);
  assert.deepEqual(soberEvidence([[-1, -2, -3]], null), [[-1, -2.15, -3]]);
  assert.deepEqual(soberEvidence([[-1, -2]], null), [[-1, -2.15, -2.15]], 'found by an earlier version');
});

test('a few wrong labels, which the surer arm is punished for, do not make the other one better', () => {
  const examples = Array.from({ length: 32 }, (_, j) => (j % 6 === 0 ? [-0.8, -5] : [-0.6, -0.05]));
  const weightOfCore = (labels: number | null) =>
    1 - mixingWeights(soberEvidence(examples, labels), priorWithoutGroup)[0]!;
  assert.ok(weightOfCore(2) > weightOfCore(null) + 0.03, `${weightOfCore(null)}, ${weightOfCore(2)}`);
  const hopeless = Array.from({ length: 32 }, (_, j) => (j % 2 === 0 ? [-0.3, -0.1] : [-1.4, -2.5]));
  const [left] = mixingWeights(soberEvidence(hopeless, 2), priorWithoutGroup);
  assert.ok(Math.abs(left! - 0.25) < 0.1, 'what neither explains leaves little but the prior');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MaskingError } from '../masking-error.ts';
import { openMask } from '../rings/mask-stream.ts';
import { centre } from '../rings/ring.ts';
import { openRingSum } from '../rings/ring-sum.ts';
import { addRing } from '../rings/testing-sums.ts';
import { openAgreementKey } from '../sharing/key-agreement.ts';
import { readElement } from '../sharing/prime-field.ts';
import { openSealed } from '../sharing/sealing.ts';
import { secretsAt, splitSecret } from '../sharing/shamir.ts';
import { pairwiseSeed, pairwiseSign } from './pairwise-mask.ts';
import { hex, runRound, type TestRound, testBytes } from './testing-round.ts';
import { pointOf } from './unmask.ts';

const ring = 24;
const length = 4096;
const members = 7;
const victim = 2;
const round = runRound(Array(members).fill(null), { ring, length, seed: 'attacked' });
const { threshold } = round.open.graph;

/**
 * What a coordinator tries against one member with the help of some others, who hand it all that they have: it holds the transcript,
 * puts her two secrets together out of their shares, and takes all masks off her contribution. Null where that comes to nothing.
 */
function attack(
  { open, members: all, contributions, sealed }: TestRound,
  helpers: readonly number[],
): Int32Array | null {
  const pairs = helpers.map((to) => {
    const text = sealed.get(victim)!.find((one) => one.to === to)!.sealed;
    const between = { own: openAgreementKey(all[to]!.sealingKey), other: open.members[victim]!.sealingKey };
    return openSealed(text, { roster: open.hash, from: victim, to }, between);
  });
  try {
    const together = secretsAt([helpers.map(pointOf)])[0]!;
    const self = together(pairs.map((pair) => hex(pair.self)));
    const key = openAgreementKey(together(pairs.map((pair) => hex(pair.key))));
    const words = new Int32Array(length);
    const sum = openRingSum(words, ring);
    sum.add(contributions.get(victim)!, 1);
    openMask(self).addTo(sum, 0, -1);
    for (const other of open.graph.neighbours[victim]!) {
      const sign = pairwiseSign(victim, other) === 1 ? -1 : 1;
      openMask(pairwiseSeed(open, key, other)).addTo(sum, 0, sign);
    }
    sum.close();
    return centre(words, ring);
  } catch (error) {
    if (error instanceof MaskingError) return null; // no secret came out
    throw error;
  }
}

const others = Array.from({ length: members }, (_, at) => at).filter((at) => at !== victim);
const isFound = (found: Int32Array | null) =>
  found !== null && Buffer.from(found.buffer).equals(Buffer.from(round.vectors[victim]!.buffer));

test('with a threshold of helpers a coordinator reads a contribution, with one fewer it doesn’t', () => {
  assert.ok(isFound(attack(round, others.slice(0, threshold))), 'the attack is one');
  assert.ok(!isFound(attack(round, others.slice(0, threshold - 1))));
  assert.ok(!isFound(attack(round, others.slice(-(threshold - 1)))));
});

test('not even with all pairwise masks of those who help: one neighbour who doesn’t, and the self mask, are left', () => {
  const { open, contributions } = round;
  const words = new Int32Array(length);
  const sum = openRingSum(words, ring);
  sum.add(contributions.get(victim)!, 1);
  for (const helper of others.slice(0, -1)) {
    const key = openAgreementKey(round.members[helper]!.maskingKey);
    openMask(pairwiseSeed(open, key, victim)).addTo(sum, 0, pairwiseSign(helper, victim));
  }
  sum.close();
  assert.ok(!isFound(centre(words, ring)));
  assert.ok(isUniform(words), 'what is left looks like chance');
});

test('each contribution by itself is uniform over the ring, whatever it says', () => {
  const nothing = Array.from({ length: members }, () => new Int32Array(length));
  const silent = runRound(Array(members).fill(null), { ring, length, seed: 'silent', vectors: nothing });
  for (const { contributions } of [round, silent]) {
    for (const bytes of contributions.values()) {
      const words = new Int32Array(length);
      addRing(words, bytes, ring, 1);
      assert.ok(isUniform(words));
    }
  }
  assert.ok(!isUniform(nothing[0]!), 'the test can fail');
  assert.ok(!isUniform(round.vectors[0]!.map((value) => value >> 2)), 'and does for what is nearly so');
});

test('shares below the threshold are uniform too: whatever the secret, each value is as likely', () => {
  // two secrets that differ in every bit, a thousand times each: the first share's highest bits
  const draws = Array.from({ length: 1000 }, (_, at) => at);
  for (const secret of [0, 255]) {
    const counts = new Array<number>(16).fill(0);
    for (const at of draws) {
      const share = firstShare(new Uint8Array(32).fill(secret), at);
      counts[Number(readElement(hex(share)) >> 252n) & 15]! += 1;
    }
    assert.ok(chiSquare(counts) < mostChi, `secret ${secret}`);
  }
});

function firstShare(secret: Uint8Array, at: number): Uint8Array {
  return splitSecret(secret, { threshold: 2, points: [1] }, testBytes(`share ${at}`))[0]!;
}

/** Chi-squared with 15 degrees of freedom passes this once in a hundred thousand; seeds are fixed. */
const mostChi = 50;

function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** By their highest and by their lowest four bits. */
function isUniform(words: Int32Array): boolean {
  return [ring - 4, 0].every((shift) => {
    const counts = new Array<number>(16).fill(0);
    for (const word of words) counts[(word >>> shift) & 15]! += 1;
    return chiSquare(counts) < mostChi;
  });
}

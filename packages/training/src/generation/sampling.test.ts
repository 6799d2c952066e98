// Choosing the next token: greedy, by temperature, and from the nucleus alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@colora/tensors/random';
import { chooseToken, type Sampling } from './sampling.ts';

const scores = Float32Array.from([0.1, 0.2, 0.5, 0.15, 0.05].map(Math.log));

function frequencies(sampling: Sampling, draws = 4000): number[] {
  const random = seededRandom('sampling');
  const counts = [0, 0, 0, 0, 0];
  for (let i = 0; i < draws; i += 1) counts[chooseToken(scores, sampling, random)]! += 1;
  return counts.map((count) => count / draws);
}

function assertNear(actual: readonly number[], expected: readonly number[]): void {
  for (const [i, value] of actual.entries()) {
    assert.ok(Math.abs(value - expected[i]!) < 0.03, `${actual} is not ${expected}`);
  }
}

test('temperature 0 takes the highest score, of equals the first', () => {
  const random = seededRandom(0);
  assert.equal(chooseToken(scores, { temperature: 0, topP: 1 }, random), 2);
  assert.equal(chooseToken(Float32Array.of(1, 3, 3), { temperature: 0, topP: 0.5 }, random), 1);
});

test('temperature 1 draws by probability; a low one sharpens, a high one flattens', () => {
  assertNear(frequencies({ temperature: 1, topP: 1 }), [0.1, 0.2, 0.5, 0.15, 0.05]);
  const squares = [0.01, 0.04, 0.25, 0.0225, 0.0025].map((value) => value / 0.325);
  assertNear(frequencies({ temperature: 0.5, topP: 1 }), squares);
  assertNear(frequencies({ temperature: 1000, topP: 1 }), [0.2, 0.2, 0.2, 0.2, 0.2]);
});

test('top-p draws from the fewest tokens that reach it', () => {
  assertNear(frequencies({ temperature: 1, topP: 0.65 }), [0, 0.2 / 0.7, 0.5 / 0.7, 0, 0]);
  assert.deepEqual(frequencies({ temperature: 1, topP: 0.01 }), [0, 0, 1, 0, 0], 'always at least one');
  assertNear(frequencies({ temperature: 1, topP: 0.999 }), [0.1, 0.2, 0.5, 0.15, 0.05]);
});

test('the same seed draws the same tokens', () => {
  const sequence = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 20 }, () => chooseToken(scores, { temperature: 1, topP: 0.9 }, random));
  };
  assert.deepEqual(sequence(7), sequence(7));
  assert.notDeepEqual(sequence(7), sequence(8));
});

test('tokens that cannot be are never drawn', () => {
  const impossible = Float32Array.of(Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY);
  const random = seededRandom(1);
  for (let i = 0; i < 50; i += 1)
    assert.equal(chooseToken(impossible, { temperature: 2, topP: 1 }, random), 1);
});

// A deadline follows the slowest member only where it was told to, never below what was set nor far above it; and what a member
// tells is one whole number within bounds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deadlineFit, deadlineFor, stepTimeSchema } from './step-times.ts';

const slow = (slowestStepSeconds: number | null) => ({ steps: 8, slowestStepSeconds });

test('a deadline that follows is three times what the slowest trains, within one and ten times what was set', () => {
  const follows = { deadlineSeconds: 600, adaptDeadline: true };
  assert.equal(deadlineFor(follows, slow(null)), 600);
  assert.equal(deadlineFor(follows, slow(2)), 600);
  assert.equal(deadlineFor(follows, slow(90)), 3 * 8 * 90);
  assert.equal(deadlineFor(follows, slow(86_400)), 6000, 'whatever anybody tells');
  assert.equal(deadlineFor({ ...follows, adaptDeadline: false }, slow(90)), 600);
});

test('a round fits, hardly fits, or is lost', () => {
  const fit = (seconds: number | null) => deadlineFit({ ...slow(seconds), deadlineSeconds: 600 });
  assert.deepEqual([null, 1, 49, 51, 74, 75, 90].map(fit), [
    ...['fits', 'fits', 'fits', 'hardly', 'hardly'],
    ...['loses', 'loses'],
  ]);
});

test('what is told is a whole number of seconds, from one to a day, and nothing beside it', () => {
  const isAllowed = (told: object) => stepTimeSchema.safeParse(told).success;
  for (const stepSeconds of [1, 86_400]) assert.ok(isAllowed({ stepSeconds }));
  for (const stepSeconds of [0, -1, 1.5, 86_401, Number.NaN, Number.POSITIVE_INFINITY, '7', null])
    assert.ok(!isAllowed({ stepSeconds }), String(stepSeconds));
  assert.ok(!isAllowed({ stepSeconds: 7, note: 'x' }));
});

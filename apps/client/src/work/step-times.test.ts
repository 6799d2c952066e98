// What is expected of a step follows from those before it, the first aside as soon as there is another.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStepTimes, secondsToLastStep } from './step-times.ts';

test('nothing is expected before the first step, the first counts until the second, and is then left out', () => {
  const times = createStepTimes();
  assert.deepEqual([times.expected(), times.settled()], [null, null]);
  times.add(30);
  assert.deepEqual([times.expected(), times.settled()], [30, null]);
  times.add(4);
  times.add(6);
  assert.deepEqual([times.expected(), times.settled()], [5, 5]);
});

test('a machine that got slower is noticed: only the last steps count', () => {
  const times = createStepTimes();
  for (let step = 0; step < 100; step += 1) times.add(1);
  for (let step = 0; step < 16; step += 1) times.add(3);
  assert.equal(times.expected(), 3);
});

test('what is left is the rest of the step under way and the steps after it', () => {
  const left = (done: number, expected: number | null, running: number) =>
    secondsToLastStep(done, 8, { expected, running });
  assert.equal(left(3, null, 2), null);
  assert.equal(left(3, 10, 4), 6 + 4 * 10);
  assert.equal(left(3, 10, 25), 40, 'a step that takes longer than expected is about to end');
  assert.equal(left(7, 10, 4), 6);
  assert.equal(left(8, 10, 0), 0);
});

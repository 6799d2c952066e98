// Of work under way: which step of how many, how long it will take, and what is said while that is not known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf, workText } from './progress-text.ts';

const training = { kind: 'working', what: 'training', round: 3, step: 3, steps: 8, seconds: 12 } as const;

test('a step under way says how long all will take; the first, by which that is judged, counts up', () => {
  const told = { ...training, secondsLeft: 118, stepSecondsLeft: 20 };
  assert.equal(workText(told), 'step 3 of 8, about 2 min left');
  assert.equal(textOf(told), 'round 3: step 3 of 8, about 2 min left');
  const first = { ...training, step: 1, secondsLeft: null, stepSecondsLeft: null };
  assert.equal(workText(first), 'step 1 of 8, the first, 12 s so far');
  const last = { ...training, step: 8, secondsLeft: 0, stepSecondsLeft: 0 };
  assert.equal(workText(last), 'step 8 of 8, 12 s so far', 'longer than expected');
});

test('what is of no round is named, with steps or without', () => {
  const alone = { ...training, what: 'training the model alone', round: null, step: 13, steps: 64 };
  const times = { secondsLeft: 200, stepSecondsLeft: 4 };
  assert.equal(textOf({ ...alone, ...times }), 'training the model alone: step 13 of 64, about 3 min left');
  const evaluating = { ...training, what: 'evaluating', round: null, step: null, steps: null };
  assert.equal(
    textOf({ ...evaluating, secondsLeft: null, stepSecondsLeft: null }),
    'evaluating, 12 s so far',
  );
  assert.equal(textOf({ ...evaluating, ...times }), 'evaluating, about 3 min left');
});

test('a step that is done says what is left after it, the last nothing', () => {
  const done = { kind: 'step', what: 'training', round: 3, steps: 8 } as const;
  assert.equal(
    workText({ ...done, step: 7, secondsLeft: 40, stepSecondsLeft: 40 }),
    'step 7 of 8, about 40 s left',
  );
  assert.equal(workText({ ...done, step: 8, secondsLeft: null, stepSecondsLeft: null }), 'step 8 of 8');
});

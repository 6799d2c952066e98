// Only what is left counts, and it is said in seconds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secondsToLastStep, tooLittleTime } from './time-left.ts';

test('says when the last round took longer than is left, and nothing while nothing is known', () => {
  assert.equal(tooLittleTime(null, 10), null);
  assert.equal(tooLittleTime(45, undefined), null);
  assert.equal(tooLittleTime(45, 45), null);
  assert.match(tooLittleTime(44.2, 20.4)!, /^20 s are left and training took 45 s.*longer deadline/);
});

test('the steps left take as long as those before them, but for the first, which compiles', () => {
  assert.equal(secondsToLastStep(1, 8, { firstSeconds: 9, seconds: 9 }), null);
  assert.equal(secondsToLastStep(3, 8, { firstSeconds: 9, seconds: 13 }), 10);
  assert.equal(secondsToLastStep(8, 8, { firstSeconds: 9, seconds: 23 }), 0);
});

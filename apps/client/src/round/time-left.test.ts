// Only what is left counts, and it is said in seconds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tooLittleTime } from './time-left.ts';

test('says when the last round took longer than is left, and nothing while nothing is known', () => {
  assert.equal(tooLittleTime(null, 10), null);
  assert.equal(tooLittleTime(45, undefined), null);
  assert.equal(tooLittleTime(45, 45), null);
  assert.match(tooLittleTime(44.2, 20.4)!, /^20 s are left and training took 45 s.*longer deadline/);
});

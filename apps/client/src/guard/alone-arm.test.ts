// How many steps are trained alone between two looks at the group, and that how they are cut changes nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepsAtOnce } from './alone-arm.ts';

test('a slow machine looks at the group after every step, a fast one after eight', () => {
  assert.equal(stepsAtOnce(null), 1, 'nobody knows how long one takes');
  assert.deepEqual([0, 1e-4, 0.5, 1, 2, 5, 60, 3600].map(stepsAtOnce), [8, 8, 8, 5, 2, 1, 1, 1]);
});

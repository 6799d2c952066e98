// How lengths of time are told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spanText } from './span-text.ts';

test('spans are whole seconds, minutes, tenths of hours or days', () => {
  assert.deepEqual([0.2, 59, 60, 3540, 5400, 47 * 3600, 72 * 3600].map(spanText), [
    '1 s',
    '59 s',
    '1 min',
    '59 min',
    '1.5 h',
    '47.0 h',
    '3 days',
  ]);
});

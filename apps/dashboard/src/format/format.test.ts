// Numbers and times stand with their units, at every size.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, count, counted, figure, percent } from './numbers.ts';
import { ago, span } from './times.ts';

test('bytes, counts, figures and shares', () => {
  assert.deepEqual([0, 999, 1000, 170_240, 999_600, 2.5e9].map(bytes), [
    '0 B',
    '999 B',
    '1 KB',
    '170 KB',
    '1 MB',
    '2.5 GB',
  ]);
  assert.deepEqual([0, 1234, 1_000_000].map(count), ['0', '1,234', '1,000,000']);
  assert.deepEqual([counted(1, 'round'), counted(3, 'round')], ['1 round', '3 rounds']);
  assert.deepEqual([0, 0.12345, 12.345, 4e-5, 3e7, Number.NaN].map(figure), [
    '0',
    '0.123',
    '12.3',
    '4.0e-5',
    '3.0e+7',
    'NaN',
  ]);
  assert.equal(percent(0.9351), '93.5 %');
});

test('lengths of time, and how long ago', () => {
  assert.deepEqual([-1, 0.423, 9.94, 38.2, 60, 245, 7800, 273_600].map(span), [
    '0 s',
    '0.42 s',
    '9.9 s',
    '38 s',
    '1 min',
    '4 min 5 s',
    '2 h 10 min',
    '3 d 4 h',
  ]);
  const now = Date.parse('2026-11-29T12:00:00Z');
  assert.deepEqual(
    [0, -42, -240, -7300, 7300, -200_000].map((s) => ago(now + 1000 * s, now)),
    ['just now', '42 s ago', '4 min ago', '2 h ago', 'in 2 h', '2 d ago'],
  );
});

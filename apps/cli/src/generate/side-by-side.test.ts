// Columns: everything is shown, nothing past the width.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sideBySide, wrap } from './side-by-side.ts';

test('words wrap at spaces, long words within, and lines stay lines', () => {
  assert.deepEqual(wrap('one two three', 7), ['one two', 'three']);
  assert.deepEqual(wrap('abcdefghij', 4), ['abcd', 'efgh', 'ij']);
  assert.deepEqual(wrap('a\n\nb', 9), ['a', '', 'b']);
});

test('a wide screen shows columns', () => {
  const lines = sideBySide(['base', 'word '.repeat(10).trim()], ['personal', 'x'], 75);
  assert.ok(lines.every((line) => line.length <= 75));
  assert.match(lines[0]!, /^base +│ {2}personal$/);
  assert.match(lines[2]!, /^word word .* {2}│ {2}x$/);
});

test('a narrow one shows one text below the other', () => {
  assert.deepEqual(sideBySide(['base', 'a'], ['personal', 'b\nc'], 60), [
    'base:',
    'a',
    '',
    'personal:',
    'b',
    'c',
  ]);
});

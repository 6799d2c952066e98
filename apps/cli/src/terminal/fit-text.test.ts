// Nothing essential falls over the edge of a terminal, in any script.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { padEnd, padStart, shorten, textWidth, wrapText } from './fit-text.ts';

test('columns, not code units: wide characters, marks, emoji', () => {
  for (const [text, columns] of [
    ['reviews', 7],
    ['李明', 4],
    ['한국', 4],
    ['Jo\u0308rg', 4],
    ['नमस्ते', 4],
    ['👩‍👩‍👧', 2],
    ['❤️', 2],
    ['', 0],
  ] as const) {
    assert.equal(textWidth(text), columns, text);
  }
  assert.equal(padEnd('李', 4), '李  ');
  assert.equal(padStart('李', 4), '  李');
});

test('too long a text loses its middle and keeps both ends', () => {
  assert.equal(shorten('short', 5), 'short');
  assert.equal(shorten('asking for work; trying again in 3 s', 20), 'asking for…in in 3 s');
  for (const text of ['asking for work; trying again', '李明的数据集在这里', 'a👩‍👩‍👧b👩‍👩‍👧c'])
    for (let columns = 0; columns < 30; columns += 1)
      assert.ok(textWidth(shorten(text, columns)) <= columns, `${text} in ${columns}`);
});

test('lines break between words, a long word where it must, and nothing is lost', () => {
  const text =
    'joining reviews: cannot reach http://127.0.0.1:7070 (connection refused); trying again in 1.5 s';
  for (const columns of [40, 80, 12]) {
    const lines = wrapText(text, columns);
    assert.ok(lines.every((line) => textWidth(line) <= columns));
    assert.equal(lines.join('').replaceAll(' ', ''), text.replaceAll(' ', ''));
  }
  assert.deepEqual(wrapText('one two\nthree', 7), ['one two', 'three']);
  assert.deepEqual(wrapText('  one two three', 10), ['  one two', '  three']);
  assert.deepEqual(wrapText('李李李李', 4), ['李李', '李李']);
});

// What the readers of flags' values take, and what they say is allowed otherwise.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  collect,
  readInteger,
  readKey,
  readList,
  readName,
  readNumber,
  readPort,
  readShare,
  readText,
  readUrl,
} from './option-values.ts';

test('values that are taken', () => {
  assert.equal(readName('reviews-2.b_c'), 'reviews-2.b_c');
  assert.equal(readUrl('http://127.0.0.1:7070/'), 'http://127.0.0.1:7070');
  assert.equal(readUrl('https://example.org/colora'), 'https://example.org/colora');
  assert.equal(readKey(' colora_p_Ab-_9\r\n'), 'colora_p_Ab-_9');
  assert.equal(readPort('0'), 0);
  assert.equal(readInteger(1, 9)('9'), 9);
  assert.equal(readNumber('8e-3'), 0.008);
  assert.equal(readShare('0.2'), 0.2);
  assert.deepEqual(readList('a, b c ,d'), ['a', 'b c', 'd']);
  assert.equal(readText(' grün 🙂\n'), ' grün 🙂\n');
  assert.deepEqual(collect(readName)('b', ['a']), ['a', 'b']);
});

test('values that are not, and why', () => {
  const cases: [(value: string) => unknown, string, RegExp][] = [
    [readName, 'Big', /small letters/],
    [readName, '', /small letters/],
    [readUrl, 'localhost:7070', /http:\/\//],
    [readUrl, 'ftp://x', /http:\/\//],
    [readKey, 'colora_p_\u200bAb', /letters, digits and signs of ASCII/],
    [readKey, 'colora_p_Ab colora_p_Cd', /ASCII/],
    [readKey, '', /ASCII/],
    [readPort, '65536', /0 to 65535/],
    [readInteger(1), '1.5', /at least 1/],
    [readInteger(1), '1e3', /at least 1/],
    [readNumber, 'NaN', /number/],
    [readNumber, '', /number/],
    [readShare, '1', /between 0 and 1/],
    [readList, 'a,,b', /empty/],
    [readText, 'gr\uFFFDn', /not UTF-8: set the terminal/],
    [readList, 'rot,gr\uFFFDn', /not UTF-8/],
  ];
  for (const [read, value, says] of cases) assert.throws(() => read(value), says, value);
});

// Streaming text: whole characters only, everything exactly once, nothing of a stop text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBaseModel } from '@colora/models/base-model';
import { fixturesFolder } from '@colora/models/testing-references';
import { openTokenizer } from '../text/tokenizer.ts';
import { stopFilter, type TextStream, textStream } from './text-stream.ts';

async function pushAll(stream: TextStream, ids: readonly number[]): Promise<string[]> {
  const pieces: string[] = [];
  for (const id of ids) pieces.push(await stream.push(id));
  return pieces;
}

test('the pieces are the text, and no piece ends within a character', async () => {
  // its vocabulary spells these characters in single bytes
  const tokenizer = await openTokenizer(await openBaseModel(`${fixturesFolder}stories260k`));
  for (const text of [
    'Lily said "naïve café 日本語 🙂 ok" and',
    '🙂🙂',
    ' two  spaces\n\nand a line',
    'Once',
  ]) {
    const ids = await tokenizer.encodePrompt(text);
    const stream = textStream(tokenizer.decode, ids.slice(0, 1));
    const pieces = await pushAll(stream, ids.slice(1));
    const all = pieces.join('') + (await stream.end());
    assert.equal(all.trimStart(), text.trimStart());
    assert.ok(pieces.every((piece) => !piece.includes('\ufffd')));
    assert.ok(pieces.length > 3 || text === 'Once');
  }
});

test('a space before the first new word stays', async () => {
  const tokenizer = await openTokenizer(await openBaseModel(`${fixturesFolder}stories260k`));
  const ids = await tokenizer.encodePrompt('Once upon a time');
  const half = (await tokenizer.encodePrompt('Once upon')).length;
  const stream = textStream(tokenizer.decode, ids.slice(0, half));
  assert.equal((await pushAll(stream, ids.slice(half))).join(''), ' a time');
});

test('a character that never becomes whole is shown at the end', async () => {
  const tokenizer = await openTokenizer(await openBaseModel(`${fixturesFolder}stories260k`));
  const ids = await tokenizer.encodePrompt('🙂');
  const stream = textStream(tokenizer.decode, ids.slice(0, -4));
  assert.equal((await pushAll(stream, ids.slice(-4, -1))).join(''), '');
  assert.match(await stream.end(), /^\ufffd+$/);
});

test('text passes up to a stop text, which may come in pieces', () => {
  const filter = stopFilter(['\nUser:', 'END']);
  assert.equal(filter.push('Hello E'), 'Hello ');
  assert.equal(filter.push('N'), '');
  assert.equal(filter.push('ough\nUs'), 'ENough');
  assert.equal(filter.stopped, false);
  assert.equal(filter.push('er: more END'), '');
  assert.equal(filter.stopped, true);
  assert.equal(filter.push('nothing more') + filter.end(), '');
});

test('what only looked like a stop text is shown at the end', () => {
  const filter = stopFilter(['END']);
  assert.equal(filter.push('the E') + filter.push('N'), 'the ');
  assert.equal(filter.end(), 'EN');
  assert.equal(stopFilter([]).push('all of it'), 'all of it');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { repeatedKey } from './repeated-keys.ts';

const find = (json: string) => repeatedKey(json, (key) => key === 'text' || key === 'messages');

test('a key that is named twice is found at every depth of what is read', () => {
  assert.equal(find('{"text":"a","text":"b"}'), 'text');
  assert.equal(find('{"text":"a","te\\u0078t":"b"}'), 'text');
  assert.equal(find('{"messages":[{"role":"x","content":"a"},{"content":"b","content":"c"}]}'), 'content');
});

test('the same key in two objects, in a text, and in what is not read is none', () => {
  assert.equal(find('{"messages":[{"role":"a"},{"role":"b"}],"text":"c"}'), null);
  assert.equal(find('{"text":"{\\"text\\":\\"\\\\\\",\\"text\\""}'), null);
  assert.equal(find('{"meta":{"a":1,"a":2},"other":1,"other":2,"text":"[,"}'), null);
});

test('what JSON itself writes names no key twice', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      assert.equal(
        repeatedKey(JSON.stringify(value), () => true),
        null,
      );
    }),
  );
});

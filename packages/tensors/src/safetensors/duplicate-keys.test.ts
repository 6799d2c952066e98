import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findDuplicateKey } from './duplicate-keys.ts';

test('a key repeated within one object is found, however it is written', () => {
  const cases: [string, string | undefined][] = [
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"x":{"a":1,"b":[{}],"a":2}}', 'a'],
    ['[{"a":1},{"b":1,"b":1}]', 'b'],
    ['{"":1, "" : 2}', ''],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"a\\\\":1,"a\\\\":2}', 'a\\'],
    ['{"\\"":1,"b":"\\"","\\"":2}', '"'],
    ['{"a":{"a":{"a":1}}}', undefined],
    ['[{"a":1},{"a":1}]', undefined],
    ['{"a":"b","b":"a","c":["a","a"]}', undefined],
    ['{"a":"{\\"a\\":1,\\"a\\":1}"}', undefined],
    ['["a:","a",":"]', undefined],
    ['{}', undefined],
    ['"a"', undefined],
  ];
  for (const [json, expected] of cases) {
    JSON.parse(json);
    assert.equal(findDuplicateKey(json), expected, json);
  }
});

test('JSON written by JSON.stringify has none, and one put in is found', () => {
  const texts = fc.string({ unit: fc.constantFrom('"', '\\', ':', '{', '}', ' ', 'a', 'é', '\n', ',') });
  const object = fc.dictionary(texts, fc.oneof(texts, fc.array(texts), fc.dictionary(texts, texts)));
  fc.assert(
    fc.property(object, fc.nat(3), (value, space) => {
      const json = JSON.stringify(value, null, space);
      assert.equal(findDuplicateKey(json), undefined);
      const [key] = Object.keys(value);
      if (key === undefined) return;
      const doubled = json.replace(/\}$/, () => `,${JSON.stringify(key)} : 1}`);
      JSON.parse(doubled);
      assert.equal(findDuplicateKey(doubled), key);
    }),
  );
});

// Ranges as RFC 9110 has them: by hand, and as a property against slicing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { byteRange } from './byte-range.ts';

const tag = '"abc"';
const of = (range: string, bytes = 10) => byteRange({ range }, tag, bytes);

test('by hand', () => {
  assert.equal(byteRange({}, tag, 10), 'whole');
  assert.deepEqual(of('bytes=0-0'), { from: 0, to: 1 });
  assert.deepEqual(of('bytes=4-'), { from: 4, to: 10 });
  assert.deepEqual(of('bytes=-3'), { from: 7, to: 10 });
  assert.deepEqual(of('bytes=-99'), { from: 0, to: 10 });
  assert.deepEqual(of('bytes=8-99'), { from: 8, to: 10 });
  for (const none of ['bytes=10-', 'bytes=-0', 'bytes=99-100']) assert.equal(of(none), 'unsatisfiable');
  for (const odd of ['bytes=5-4', 'bytes=0-1,3-4', 'items=0-1', 'bytes=-', 'bytes=a-b']) {
    assert.equal(of(odd), 'whole');
  }
  assert.deepEqual(byteRange({ range: 'bytes=4-', 'if-range': tag }, tag, 10), { from: 4, to: 10 });
  assert.equal(byteRange({ range: 'bytes=4-', 'if-range': '"old"' }, tag, 10), 'whole');
});

test('going on where it stopped gives the whole', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), (bytes, cut) => {
      const stopped = cut % bytes.length;
      const rest = byteRange({ range: `bytes=${stopped}-` }, tag, bytes.length);
      assert.ok(typeof rest === 'object');
      assert.deepEqual([...bytes.subarray(0, stopped), ...bytes.subarray(rest.from, rest.to)], [...bytes]);
    }),
  );
});

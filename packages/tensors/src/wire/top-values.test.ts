import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { keepLargest } from './top-values.ts';

const values = fc
  .array(fc.oneof(fc.float({ noNaN: true }), fc.constantFrom(0, 1, -1, 2)), { maxLength: 200 })
  .map((list) => Float32Array.from(list));

test('it keeps what sorting by magnitude would keep, the first of equal ones', () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0.001, max: 1, noNaN: true }), (list, keep) => {
      const count = Math.ceil(keep * list.length);
      const order = [...list.keys()].sort((a, b) => Math.abs(list[b]!) - Math.abs(list[a]!) || a - b);
      const expected = new Float32Array(list.length);
      for (const at of order.slice(0, count)) expected[at] = list[at]!;
      assert.deepEqual(keepLargest(list, keep), expected);
    }),
    { numRuns: 500 },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ring, ringSizes } from '@colora/protocol/masking/masking-ring';
import fc from 'fast-check';
import { MaskingError } from '../masking-error.ts';
import { addRing, centre, writeRing } from './ring.ts';

const words = (ring: Ring) =>
  fc.array(fc.integer({ min: -(2 ** (ring - 1)), max: 2 ** (ring - 1) - 1 }), { maxLength: 40 });

const offBy1 = (bytes: Uint8Array) => Buffer.concat([Buffer.alloc(1), bytes]).subarray(1);

for (const ring of ringSizes) {
  test(`numbers of ${ring} bits are written little end first and read as they were`, () => {
    fc.assert(
      fc.property(words(ring), (given) => {
        const bytes = Buffer.from(writeRing(Int32Array.from(given), ring));
        const read = given.map((_, at) => bytes.readIntLE((at * ring) / 8, ring / 8));
        assert.deepEqual(read, given);
        const sum = new Int32Array(given.length);
        addRing(sum, bytes, ring, 1);
        addRing(sum, offBy1(bytes), ring, 1); // not where words of 32 bits begin
        addRing(sum, bytes, ring, -1);
        assert.deepEqual([...centre(sum, ring)], given);
      }),
    );
  });

  test(`sums of ${ring} bits wrap, and what was added can be taken off again`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(...Array.from({ length: 5 }, () => fc.integer())), { maxLength: 20 }),
        (rows) => {
          const columns = [0, 1, 2, 3, 4].map((column) => Int32Array.from(rows, (row) => row[column]!));
          const sum = new Int32Array(rows.length);
          for (const column of columns) addRing(sum, writeRing(column, ring), ring, 1);
          for (const column of columns.slice(1)) addRing(sum, writeRing(column, ring), ring, -1);
          assert.deepEqual([...centre(sum, ring)], [...centre(columns[0]!.slice(), ring)]);
        },
      ),
    );
  });
}

test('bytes of another number of values are refused', () => {
  assert.throws(() => addRing(new Int32Array(2), new Uint8Array(5), 16, 1), MaskingError);
});

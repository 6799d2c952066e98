import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MaskingError } from '../masking-error.ts';
import { addRing, centre, type Ring, ringFor, ringSizes, writeRing } from './ring.ts';

const words = (ring: Ring) =>
  fc.array(fc.integer({ min: -(2 ** (ring - 1)), max: 2 ** (ring - 1) - 1 }), { maxLength: 40 });

for (const ring of ringSizes) {
  test(`numbers of ${ring} bits are written little end first and read as they were`, () => {
    fc.assert(
      fc.property(words(ring), (given) => {
        const bytes = Buffer.from(writeRing(Int32Array.from(given), ring));
        const read = given.map((_, at) => bytes.readIntLE((at * ring) / 8, ring / 8));
        assert.deepEqual(read, given);
        const sum = new Int32Array(given.length);
        addRing(sum, bytes, ring, 1);
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

test('the ring is the smallest in which no sum reaches half of it', () => {
  const load = { mostWeight: 1, mostNoise: 0 };
  assert.equal(ringFor({ ...load, members: 32, bits: 8 }), 16); // figures: 32 x 1023 = 32736 < 2^15
  assert.equal(ringFor({ ...load, members: 33, bits: 8 }), 24);
  assert.equal(ringFor({ ...load, members: 256, bits: 16 }), 24); // 256 x 32767 < 2^23
  assert.equal(ringFor({ ...load, members: 257, bits: 16 }), 32);
  assert.equal(ringFor({ members: 257, bits: 16, mostWeight: 255, mostNoise: 0 }), 32);
  assert.equal(ringFor({ members: 256, bits: 16, mostWeight: 1, mostNoise: 2 }), 32);
  assert.throws(() => ringFor({ members: 258, bits: 16, mostWeight: 255, mostNoise: 0 }), MaskingError);
  assert.throws(() => addRing(new Int32Array(2), new Uint8Array(5), 16, 1), /5 bytes are not 2 values/);
});

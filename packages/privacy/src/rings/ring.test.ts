import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ring, ringSizes } from '@colora/protocol/masking/masking-ring';
import fc from 'fast-check';
import { MaskingError } from '../masking-error.ts';
import { centre, writeRing } from './ring.ts';
import { openRingSum } from './ring-sum.ts';
import { addRing } from './testing-sums.ts';

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

test('numbers are added where they belong, and those beside them stay', () => {
  const length = 70_000; // more than is copied at once
  for (const ring of ringSizes) {
    fc.assert(
      fc.property(fc.nat(length), fc.nat(length), (one, other) => {
        const [from, to] = one < other ? [one, other] : [other, one];
        const words = new Int32Array(length).fill(7);
        const sum = openRingSum(words, ring);
        sum.addFrom(from, writeRing(new Int32Array(to - from).fill(-3), ring), 1);
        sum.close();
        const isRight = (word: number, at: number) => word === (at >= from && at < to ? 4 : 7);
        assert.ok(centre(words, ring).every(isRight));
      }),
      { numRuns: 20 },
    );
    const sum = openRingSum(new Int32Array(2), ring);
    assert.throws(() => sum.addFrom(1, new Uint8Array((ring / 8) * 2), 1), MaskingError);
    assert.throws(() => sum.addFrom(0, new Uint8Array(ring / 8 + 1), 1), MaskingError);
    assert.throws(() => sum.add(new Uint8Array(ring / 8), 1), MaskingError, 'fewer than it has');
    sum.close();
  }
});

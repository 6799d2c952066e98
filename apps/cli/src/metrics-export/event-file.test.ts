// Event files: checksums as published, what is written is read back, and what a kill left at the end is passed over.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { crc32c, fileVersionRecord, readScalars, scalarRecord } from './event-file.ts';

test('checksums are RFC 3720’s', () => {
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
});

const event = fc.record({
  tag: fc.string({ minLength: 1, maxLength: 300 }),
  step: fc.nat(Number.MAX_SAFE_INTEGER),
  value: fc.float({ noNaN: true }),
  wallTime: fc.double({ min: 0, max: 4e9, noNaN: true }),
});

test('what is written is read back, up to where the file is torn or damaged', () => {
  fc.assert(
    fc.property(
      fc.array(event, { minLength: 1, maxLength: 8 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (events, cut) => {
        const records = [fileVersionRecord(1), ...events.map(scalarRecord)];
        const file = Buffer.concat(records);
        const wanted = events.map(({ tag, step }) => ({ tag: Buffer.from(tag).toString('utf8'), step }));
        assert.deepEqual([...readScalars(file)], wanted);
        const torn = file.subarray(0, Math.floor(file.length * cut));
        assert.deepEqual([...readScalars(torn)], wanted.slice(0, [...readScalars(torn)].length));
        const last = file.length - 5;
        file[last] = file[last]! ^ 1;
        assert.deepEqual([...readScalars(file)], wanted.slice(0, -1));
      },
    ),
    { numRuns: 100 },
  );
});

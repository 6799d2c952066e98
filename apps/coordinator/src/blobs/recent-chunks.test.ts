// What is remembered is what came, byte for byte, however the ring turns.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRecentChunks } from './recent-chunks.ts';

const limit = 100;
const fresh = (length: number) => new Uint8Array(length);
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ put: fc.nat(120) }) },
    { weight: 1, arbitrary: fc.record({ forget: fc.nat(40) }) },
  ),
  { maxLength: 60 },
);

test('a chunk is remembered as it came or not at all, the last ones that fit always', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const recent = createRecentChunks(limit);
      const came: { blobId: string; index: number; data: Uint8Array; forgotten: boolean }[] = [];
      for (const step of list) {
        if ('put' in step) {
          const at = came.length;
          const [blobId, index] = [`blob ${at >> 1}`, at & 1];
          const data = fresh(step.put).fill(at);
          recent.put(blobId, { index, data });
          came.push({ blobId, index, data, forgotten: false });
        } else {
          recent.forget([`blob ${step.forget}`]);
          for (const one of came) if (one.blobId === `blob ${step.forget}`) one.forgotten = true;
        }
        for (const one of came) {
          const copy = recent.copy(one, fresh);
          assert.equal(recent.has(one), copy !== undefined);
          if (copy !== undefined) assert.deepEqual(copy, one.data);
          if (one.forgotten) assert.equal(copy, undefined);
        }
        const last = came.at(-1);
        if (last !== undefined && !last.forgotten && last.data.length <= limit) assert.ok(recent.has(last));
      }
    }),
    { numRuns: 300 },
  );
});

test('what fits is all there, and the oldest make room', () => {
  const recent = createRecentChunks(limit);
  const put = (index: number, length: number) => recent.put('b', { index, data: fresh(length).fill(index) });
  const here = () => [0, 1, 2, 3, 4, 5].filter((index) => recent.has({ blobId: 'b', index }));
  for (const index of [0, 1, 2, 3]) put(index, 25);
  assert.deepEqual(here(), [0, 1, 2, 3]);
  put(4, 30);
  assert.deepEqual(here(), [2, 3, 4]);
  recent.forget(['b']);
  put(5, 100);
  assert.deepEqual(here(), [5]);
});

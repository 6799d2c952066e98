// Every pass visits each example once; places and buckets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { firstPlace, nextBatch, type Place } from './batch-order.ts';
import { bucketLengths, bucketOf, chooseBuckets } from './buckets.ts';

function draw(count: number, size: number, batches: number, from: Place, seed = 1) {
  let place = from;
  const drawn: number[] = [];
  for (let i = 0; i < batches; i += 1) {
    const next = nextBatch(count, size, seed, place);
    drawn.push(...next.indices);
    place = next.place;
  }
  return { drawn, place };
}

test('every pass visits each example exactly once, whatever the batch size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 9 }), (count, size) => {
      const { drawn } = draw(count, size, Math.ceil((3 * count) / size), firstPlace);
      for (let pass = 0; pass < 3; pass += 1) {
        const visited = drawn.slice(pass * count, (pass + 1) * count).sort((a, b) => a - b);
        assert.deepEqual(
          visited,
          Array.from({ length: count }, (_, i) => i),
        );
      }
    }),
  );
});

test('going on from a place gives the batches that an uninterrupted run would have had', () => {
  const whole = draw(7, 3, 6, firstPlace).drawn;
  const half = draw(7, 3, 2, firstPlace);
  assert.deepEqual([...half.drawn, ...draw(7, 3, 4, half.place).drawn], whole);
});

test('passes and seeds differ in order', () => {
  const { drawn } = draw(30, 30, 2, firstPlace);
  assert.notDeepEqual(drawn.slice(0, 30), drawn.slice(30));
  assert.notDeepEqual(draw(30, 30, 1, firstPlace, 2).drawn, drawn.slice(0, 30));
});

test('short limits have one bucket, long ones a few that grow', () => {
  assert.deepEqual(bucketLengths(24), [24]);
  assert.deepEqual(bucketLengths(32), [32]);
  assert.deepEqual(bucketLengths(128), [32, 64, 96, 128]);
  assert.deepEqual(bucketLengths(500), [32, 64, 96, 128, 192, 256, 384, 500]);
  assert.equal(bucketOf(33, [32, 64]), 64);
  assert.equal(bucketOf(32, [32, 64]), 32);
  assert.equal(bucketOf(65, [32, 64]), 64);
});

test('texts of many lengths get at most three lengths, and fewer where more would not save a tenth', () => {
  const lengths = (...groups: [count: number, length: number][]) =>
    groups.flatMap(([count, length]) => Array.from({ length: count }, () => length));
  assert.deepEqual(chooseBuckets(lengths([9, 20]), 512), [32]);
  assert.deepEqual(chooseBuckets(lengths([50, 60], [50, 500]), 512), [64, 512]);
  assert.deepEqual(chooseBuckets(lengths([1, 480], [99, 500]), 512), [512]);
  assert.deepEqual(chooseBuckets(lengths([40, 30], [40, 120], [40, 500]), 512), [32, 128, 512]);
  assert.deepEqual(chooseBuckets(lengths([40, 30], [40, 60], [40, 120], [40, 500]), 512), [64, 128, 512]);
  assert.deepEqual(chooseBuckets([], 512), [512]);
});

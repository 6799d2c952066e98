// Every pass visits each example once; places and buckets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bucketLengths, bucketOf, chooseBuckets } from '../text/buckets.ts';
import { firstPlace, nextBatch, type Place } from './batch-order.ts';

function draw(count: number, size: number, batches: number, from: Place, seed = 1, lengths?: number[]) {
  let place = from;
  const drawn: number[] = [];
  for (let i = 0; i < batches; i += 1) {
    const order = { count, size, seed, ...(lengths === undefined ? {} : { lengths }) };
    const next = nextBatch(order, place);
    drawn.push(...next.indices);
    place = next.place;
  }
  return { drawn, place };
}

test('every pass visits each example exactly once, whatever the batch size and the lengths', () => {
  const counts = fc.integer({ min: 1, max: 20 });
  const lengths = fc.array(fc.constantFrom(32, 64, 128), { minLength: 20, maxLength: 20 });
  fc.assert(
    fc.property(counts, fc.integer({ min: 1, max: 9 }), fc.option(lengths), (count, size, grouped) => {
      const own = grouped?.slice(0, count);
      const { drawn } = draw(count, size, Math.ceil((3 * count) / size), firstPlace, 1, own);
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

test('batches hold examples of one length where there are enough of them; their order stays drawn', () => {
  const lengths = Array.from({ length: 24 }, (_, index) => [32, 64, 128][index % 3]!);
  const batchesOf = (size: number, count: number) => {
    const { drawn } = draw(24, size, count, firstPlace, 1, lengths);
    return Array.from({ length: count }, (_, index) => drawn.slice(index * size, (index + 1) * size));
  };
  const mixed = (batch: number[]) => new Set(batch.map((index) => lengths[index])).size > 1;
  const even = batchesOf(4, 12);
  assert.ok(!even.some(mixed));
  assert.notDeepEqual(even.slice(0, 6), even.slice(6)); // another order in the second pass
  const firsts = even.slice(0, 6).map(([index]) => lengths[index!]!);
  assert.notDeepEqual(
    firsts,
    firsts.toSorted((a, b) => a - b),
  );
  // with 5 to a batch a few have to be mixed: at most one more a pass than there are borders between lengths
  assert.ok(batchesOf(5, 24).filter(mixed).length <= 5 * 3);
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

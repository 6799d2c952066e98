// Events come out in the order of their times, equal ones in the order in which they were added.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createEventQueue } from './event-queue.ts';

test('a stable sort, whatever is added between', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.boolean())), (steps) => {
      const queue = createEventQueue<number>();
      const expected: { at: number; event: number }[] = [];
      for (const [index, [at, take]] of steps.entries()) {
        queue.add(at, index);
        expected.push({ at, event: index });
        expected.sort((a, b) => a.at - b.at || a.event - b.event);
        if (take) assert.deepEqual(queue.next(), expected.shift());
      }
      for (const each of expected) assert.deepEqual(queue.next(), each);
      assert.equal(queue.next(), null);
    }),
  );
});

test('no time, no event', () => {
  assert.throws(() => createEventQueue().add(Number.NaN, 0), /finite time/);
});

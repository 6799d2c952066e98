import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFairQueue } from './upload-queue.ts';

const settled = () => new Promise((done) => setImmediate(done));

/** Who came in, in their order. */
function watch(queue: ReturnType<typeof createFairQueue>) {
  const inside: string[] = [];
  const enter = (name: string, address: string) => void queue.enter(address).then(() => inside.push(name));
  return { inside, enter };
}

test('one address never has all of it, however many come from there', async () => {
  const queue = createFairQueue(4, 2);
  const { inside, enter } = watch(queue);
  for (const name of ['a1', 'a2', 'a3', 'a4']) enter(name, 'a');
  enter('b1', 'b');
  await settled();
  assert.deepEqual(inside, ['a1', 'a2', 'b1']);
  assert.deepEqual([queue.isHeldUpBy('a'), queue.isHeldUpBy('b'), queue.waiting], [true, false, 2]);
});

test('of those that wait, the address with the fewest under way comes first, else who came first', async () => {
  const queue = createFairQueue(2, 2);
  const { inside, enter } = watch(queue);
  for (const name of ['a1', 'a2', 'a3', 'a4']) enter(name, 'a');
  enter('b1', 'b');
  await settled();
  assert.ok(queue.isHeldUpBy('a'));
  queue.leave('a');
  queue.leave('a');
  queue.leave('b');
  await settled();
  assert.deepEqual(inside, ['a1', 'a2', 'b1', 'a3', 'a4']);
  queue.leave('a');
  queue.leave('a');
  enter('c1', 'c');
  await settled();
  assert.deepEqual([inside.at(-1), queue.waiting, queue.isHeldUpBy('c')], ['c1', 0, false]);
});

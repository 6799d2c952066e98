// Messages over a real border: a MessageChannel, which clones what it doesn't move.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { tensor } from '@colora/tensors/tensor';
import { pack, unpack } from './packing.ts';

const { port1, port2 } = new MessageChannel();
after(() => port1.close());

async function acrossBorder(given: unknown, callBack = (_: number, __: readonly unknown[]) => undefined) {
  const { message, buffers } = pack(given);
  const arrives = once(port2, 'message');
  port1.postMessage(message, buffers);
  const [arrived] = (await arrives) as [unknown];
  assert.ok(
    buffers.every(({ byteLength }) => byteLength === 0),
    'moved',
  );
  return unpack(arrived, callBack);
}

test('tensor maps arrive wherever they stand, in order, and stay with their owner; the rest is as it was', async () => {
  const values = new Map([
    ['b', tensor([2, 1], [1, 2])],
    ['a', tensor([], [3])],
  ]);
  const given = [
    { shared: values, deep: { other: new Map() }, round: 3, none: null, texts: ['x'] },
    undefined,
  ];
  assert.deepEqual(await acrossBorder(given), given);
  assert.deepEqual([...values.keys()], ['b', 'a']);
  assert.deepEqual([...values.get('b')!.data], [1, 2]);
});

test('tensors that are views of one buffer arrive with buffers of their own', async () => {
  const file = Float32Array.of(1, 2, 3, 4);
  const views = new Map([
    ['x', { shape: [1], data: file.subarray(1, 2) }],
    ['y', { shape: [2], data: file.subarray(2) }],
  ]);
  const arrived = (await acrossBorder(views)) as typeof views;
  assert.deepEqual([[...arrived.get('x')!.data], [...arrived.get('y')!.data]], [[2], [3, 4]]);
  assert.equal(arrived.get('y')!.data.buffer.byteLength, 8);
  assert.equal(file.length, 4);
});

test('functions are called back by their place among the functions', async () => {
  const called: unknown[] = [];
  const [, second] = (await acrossBorder([() => undefined, () => undefined], (index, given) => {
    called.push([index, given]);
    return undefined;
  })) as ((text: string) => void)[];
  second!('piece');
  assert.deepEqual(called, [[1, ['piece']]]);
});

test('a stop signal is seen at once on the other side, until the call is over', async () => {
  const [one, two] = [new AbortController(), new AbortController()];
  const packed = pack([one.signal, two.signal]);
  const signals = unpack(packed.message, () => undefined) as { aborted: boolean }[];
  one.abort();
  packed.release();
  two.abort();
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, false],
  );
  const late = unpack(pack([one.signal]).message, () => undefined) as { aborted: boolean }[];
  assert.equal(late[0]!.aborted, true);
});

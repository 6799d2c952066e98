// One making per key, and what becomes of failures: by itself, and in the engines that compile with it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Program } from './engines/engine.ts';
import { onnxEngine } from './engines/onnx-engine.ts';
import { oncePerKey } from './once-per-key.ts';

const engine = onnxEngine({ device: 'cpu', threads: 1 });
after(() => engine.dispose());

test('all who ask for a key get what was made once; other keys get their own', async () => {
  const made = new Map<string, Promise<object>>();
  const make = async () => ({});
  const [one, same, other] = await Promise.all([
    oncePerKey(made, 'a', make),
    oncePerKey(made, 'a', make),
    oncePerKey(made, 'b', make),
  ]);
  assert.equal(one, same);
  assert.notEqual(one, other);
});

test('a failure reaches all who wait and is forgotten; one from before a clearing forgets nothing newer', async () => {
  const made = new Map<string, Promise<number>>();
  const fail = () => Promise.reject(new Error('broken'));
  const tries = [oncePerKey(made, 'a', fail), oncePerKey(made, 'a', async () => 1)];
  made.clear();
  const newer = oncePerKey(made, 'a', async () => 2);
  for (const one of tries) await assert.rejects(one, /broken/);
  assert.equal(made.get('a'), newer);
  await assert.rejects(oncePerKey(made, 'b', fail), /broken/);
  assert.equal(await oncePerKey(made, 'b', async () => 3), 3);
});

test('a program whose compilation failed is compiled at the next try', async () => {
  let isBroken = true;
  const program: Program = {
    key: 'mended',
    base: { weightsFolder: '.', weights: [] },
    inputs: [{ name: 'x', shape: [2], dtype: 'float32' }],
    varying: new Set(['x']),
    batch: 1,
    build: ({ x }) => {
      if (isBroken) throw new Error('not yet');
      return { y: tf.square(x!) };
    },
  };
  await assert.rejects(engine.compile(program), /not yet/);
  isBroken = false;
  const compiled = await engine.compile(program);
  assert.deepEqual([...(await compiled.run({ x: Float32Array.of(3, 2) })).y!.data], [9, 4]);
});

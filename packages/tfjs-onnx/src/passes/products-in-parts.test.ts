import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { ExternalTensor } from '../graph.ts';
import { peakMemory, weightBytes } from '../memory/peak-memory.ts';
import { kernelsInOrder } from '../testing/kernels-in-order.ts';
import { runGraph } from '../testing/run-graph.ts';
import { traceFunction } from '../trace.ts';
import { fuse } from './optimise.ts';

const [rows, columns, texts] = [1100, 1024, 3];

/** bf16 values and the same as floats, one after the other in a file. */
const values = Float32Array.from({ length: rows * columns }, (_, i) => ((i * 37) % 255) - 127);
const halves = Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);
const folder = await mkdtemp(join(tmpdir(), 'products-in-parts-'));
after(() => rm(folder, { recursive: true }));
await writeFile(
  join(folder, 'weights'),
  Buffer.concat([halves, values].map((array) => Buffer.from(array.buffer))),
);

const place = { shape: [rows, columns], file: 'weights' };
const half: ExternalTensor = { ...place, name: 'w', dtype: 'BF16', offset: 0, length: halves.byteLength };
const whole: ExternalTensor = {
  ...place,
  name: 'w',
  dtype: 'F32',
  offset: halves.byteLength,
  length: values.byteLength,
};

/** A layer with a bias, what is added to it, and the gradient through both. */
const traced = (weight: ExternalTensor) =>
  traceFunction(
    [
      { name: 'x', shape: [texts, columns], dtype: 'float32' },
      { name: 'bias', shape: [rows], dtype: 'float32' },
    ],
    [weight],
    ({ x, bias }, { w }) => {
      const layer = (given: tf.Tensor) => tf.add(tf.mul(tf.matMul(given, w!, false, true), 0.5), bias!);
      const { value, grad } = tf.valueAndGrad((given: tf.Tensor) => tf.sum(tf.square(layer(given))))(x!);
      return { y: layer(x!), value, grad: tf.add(grad, x!) };
    },
  );

const inputs = {
  x: Float32Array.from({ length: texts * columns }, (_, i) => Math.sin(i)),
  bias: Float32Array.from({ length: rows }, (_, i) => i / 100),
};

test('a large weight in 16 bits is multiplied some rows at a time, forward and back, to the same numbers', async () => {
  const graph = traced(half);
  const names = fuse(graph, true).externals.map(({ tensor }) => tensor.name);
  assert.deepEqual(names.toSorted(), ['w[0:512]', 'w[1024:1100]', 'w[512:1024]']);
  const [parts, reference] = [
    await runGraph(graph, inputs, folder),
    await runGraph(traced(whole), inputs, folder),
  ];
  for (const [name, { data }] of Object.entries(reference)) {
    const size = Math.max(...Array.from(data, Math.abs));
    const differences = Array.from(data, (value, i) => Math.abs(value - parts[name]!.data[i]!));
    assert.ok(Math.max(...differences) < 1e-6 * size, name);
  }
});

test('each part is made floats right before its product, and the next one’s take their place', async () => {
  const graph = traced(half);
  const order = (await kernelsInOrder(graph, inputs, folder)).map(({ kernel }) => kernel);
  const casts = order.flatMap((kernel, at) => (kernel === 'Cast' ? [at] : []));
  assert.ok(casts.length >= 3);
  for (const at of casts) assert.equal(order[at + 1], 'Gemm');
  assert.equal(weightBytes(fuse(graph, true)), half.length);
  const forward = traceFunction(
    [{ name: 'x', shape: [1, columns], dtype: 'float32' }],
    [half],
    ({ x }, { w }) => ({
      y: tf.matMul(x!, w!, false, true),
    }),
  );
  assert.ok(peakMemory(fuse(forward, true)) < peakMemory(forward) - values.byteLength / 4);
});

test('what is multiplied as it lies, or small, stays whole', () => {
  const names = (weight: ExternalTensor) =>
    fuse(traced(weight), true).externals.map(({ tensor }) => tensor.name);
  assert.deepEqual(names(whole), ['w']);
  const small = { ...half, shape: [rows, 512], length: 2 * rows * 512 };
  const graph = traceFunction(
    [{ name: 'x', shape: [1, 512], dtype: 'float32' }],
    [small],
    ({ x }, { w }) => ({
      y: tf.matMul(x!, w!, false, true),
    }),
  );
  assert.deepEqual(
    fuse(graph, true).externals.map(({ tensor }) => tensor.name),
    ['w'],
  );
});

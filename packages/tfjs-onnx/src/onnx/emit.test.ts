import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { type EncoderShape, encoderInputs, encoderStep, encoderWeights } from '../testing/encoder-step.ts';
import { runGraph } from '../testing/run-graph.ts';
import { traceFunction } from '../trace.ts';

const small: EncoderShape = {
  layers: 2,
  width: 16,
  heads: 2,
  inner: 32,
  vocabulary: 50,
  rank: 3,
  batch: 2,
  tokens: 5,
};

test('a whole training step gives the loss and gradients of the tfjs cpu backend', async () => {
  await tf.setBackend('cpu');
  const { frozen, adapters } = encoderWeights(small);
  const specs = encoderInputs(small, adapters);
  const feeds: Record<string, Float32Array | Int32Array> = {
    ids: Int32Array.from({ length: small.batch * small.tokens }, (_, i) => (i * 17) % small.vocabulary),
    labels: Float32Array.from([1, 0, 0, 0, 0, 0, 1, 0]),
  };
  for (const [name, { data }] of Object.entries(adapters)) feeds[name] = data;
  const tensors = (arrays: typeof frozen) =>
    Object.fromEntries(
      Object.entries(arrays).map(([name, { data, shape }]) => [name, tf.tensor(data, shape)]),
    );

  const graph = traceFunction(specs, [], (inputs) => encoderStep(small, inputs, tensors(frozen)));
  const compiled = await runGraph(graph, feeds);

  const eagerInputs = Object.fromEntries(
    specs.map(({ name, shape, dtype }) => [name, tf.tensor(feeds[name]!, [...shape], dtype)]),
  );
  const eager = encoderStep(small, eagerInputs, tensors(frozen));
  assert.deepEqual(Object.keys(compiled).sort(), Object.keys(eager).sort());
  for (const [name, tensor] of Object.entries(eager)) {
    const expected = tensor.dataSync();
    const scale = Math.max(...expected.map(Math.abs), 1e-6);
    compiled[name]!.data.forEach((number, i) => {
      assert.ok(Math.abs(number - expected[i]!) <= 1e-4 * scale, `${name}[${i}]: ${number}, ${expected[i]}`);
    });
  }
});

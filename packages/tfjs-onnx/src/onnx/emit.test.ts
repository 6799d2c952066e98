import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { type EncoderShape, encoderInputs, encoderStep, encoderWeights } from '../testing/encoder-step.ts';
import { kernelsInOrder } from '../testing/kernels-in-order.ts';
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

test('gradients are made as the backward pass gets to them, so that nothing is kept for those at its end', async () => {
  const widths = [4, 5, 6, 7, 8, 9, 10];
  const specs = widths.slice(1).map((width, i) => ({
    name: `w${i}`,
    shape: [widths[i]!, width],
    dtype: 'float32' as const,
  }));
  const x = { name: 'x', shape: [3, widths[0]!], dtype: 'float32' as const };
  const graph = traceFunction([x, ...specs], [], (inputs) => {
    const loss = (...weights: tf.Tensor[]) =>
      tf.sum(weights.reduce((rows, weight) => tf.tanh(tf.matMul(rows, weight)), inputs.x!));
    const { value, grads } = tf.valueAndGrads(loss)(specs.map(({ name }) => inputs[name]!));
    return { loss: value, ...Object.fromEntries(grads.map((grad, i) => [`g${i}`, grad])) };
  });
  const feeds = Object.fromEntries(
    [x, ...specs].map(({ name, shape }) => [name, new Float32Array(shape[0]! * shape[1]!).fill(0.1)]),
  );
  const order = await kernelsInOrder(graph, feeds, tmpdir());
  const placeOf = (shape: readonly number[]) =>
    order.findLastIndex((run) => String(run.shape) === String(shape));
  const gradients = specs.map(({ shape }) => placeOf(shape)).reverse();
  assert.deepEqual(
    gradients,
    gradients.toSorted((a, b) => a - b),
    'the last layer first',
  );
  // the slope of a layer's rows is made after the gradient of the layer two above
  for (let layer = 0; layer + 2 < specs.length; layer += 1) {
    assert.ok(placeOf([3, widths[layer + 1]!]) > placeOf(specs[layer + 2]!.shape), `layer ${layer}`);
  }
});

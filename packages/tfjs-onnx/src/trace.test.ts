import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { runGraph } from './testing/run-graph.ts';
import { type InputSpec, recordFunction, traceFunction } from './trace.ts';

const vector: InputSpec = { name: 'x', shape: [3], dtype: 'float32' };
const feeds = { x: Float32Array.of(1, 2, 3) };

test('tracing leaves the engine as it was, also after an error', async () => {
  await tf.setBackend('cpu');
  const kept = tf.tensor1d([1, 2, 3]);
  const before = { ...tf.memory(), variables: Object.keys(tf.engine().registeredVariables).length };
  const check = () => {
    assert.equal(tf.getBackend(), 'cpu');
    assert.deepEqual(tf.engine().backendNames(), ['cpu']);
    assert.equal(tf.memory().numTensors, before.numTensors);
    assert.equal(tf.memory().numDataBuffers, before.numDataBuffers);
    assert.equal(Object.keys(tf.engine().registeredVariables).length, before.variables);
    assert.deepEqual([...tf.tidy(() => tf.mul(kept, 2).dataSync())], [2, 4, 6]);
  };
  const sumOfSquares = (x: tf.Tensor) => {
    const weight = tf.variable(x, true, 'weight');
    return tf.variableGrads(() => tf.sum(tf.square(weight)) as tf.Scalar).grads.weight!;
  };
  tf.tidy(() => {
    traceFunction([vector], [], ({ x }) => ({ gradient: sumOfSquares(x!) }));
    check();
  });
  tf.tidy(() => {
    assert.throws(() =>
      traceFunction([vector], [], ({ x }) => {
        sumOfSquares(x!);
        throw new Error('the function failed');
      }),
    );
    check();
  });
  kept.dispose();
});

test('variableGrads inside the function are traced', async () => {
  const graph = traceFunction([vector], [], ({ x }) => {
    const weight = tf.variable(x!, true, 'squared');
    const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(weight)) as tf.Scalar);
    return { value, gradient: grads.squared! };
  });
  const { value, gradient } = await runGraph(graph, feeds);
  assert.deepEqual([...value!.data], [14]);
  assert.deepEqual([...gradient!.data], [2, 4, 6]);
});

test('reading data of a traced tensor says where it was tried', async () => {
  const read = (how: (x: tf.Tensor) => unknown) => () =>
    traceFunction([vector], [], ({ x }) => {
      how(x!);
      return { x: x! };
    });
  assert.throws(
    read((x) => x.dataSync()),
    /TraceError.*no data to read.*trace\.test\.[tj]s:\d+/s,
  );
  assert.throws(
    read((x) => tf.relu(x).arraySync()),
    /no data to read/,
  );
  let pending: Promise<unknown> = Promise.resolve();
  read((x) => {
    pending = x.data();
  })();
  await assert.rejects(pending, /no data to read/);
});

test('a kernel that has no row is named, with the line that called it', () => {
  const image: InputSpec = { name: 'x', shape: [1, 4, 4, 1], dtype: 'float32' };
  assert.throws(
    () => traceFunction([image], [], ({ x }) => ({ y: tf.maxPool(x as tf.Tensor4D, 2, 1, 'same') })),
    /TraceError: tfjs kernel MaxPool .*trace\.test\.[tj]s:\d+/s,
  );
});

test('a wrong call of a supported kernel names the kernel and the line', () => {
  assert.throws(
    () => traceFunction([vector], [], ({ x }) => ({ y: tf.add(tf.cast(x!, 'bool'), tf.cast(x!, 'bool')) })),
    /Add at .*trace\.test\.[tj]s:\d+.*bool/s,
  );
});

test('tensors made before are constants, read from their own backend and left there', async () => {
  await tf.setBackend('cpu');
  const made = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const view = tf.reshape(made, [3, 2]);
  const graph = traceFunction([vector], [], ({ x }) => ({ sum: tf.add(made, x!), view: tf.clone(view) }));
  const { sum, view: seen } = await runGraph(graph, feeds);
  assert.deepEqual([...sum!.data], [2, 4, 6, 5, 7, 9]);
  assert.deepEqual(seen!.shape, [3, 2]);
  assert.deepEqual([...made.dataSync()], [1, 2, 3, 4, 5, 6]);
});

test('a variable made of an eager tensor leaves the tensor alone', async () => {
  await tf.setBackend('cpu');
  const made = tf.tensor1d([1, 2, 3]);
  const graph = traceFunction([vector], [], ({ x }) => {
    const weight = tf.variable(made);
    return { y: tf.grad((given: tf.Tensor) => tf.sum(tf.mul(given, weight)))(x!) };
  });
  assert.deepEqual([...(await runGraph(graph, feeds)).y!.data], [1, 2, 3]);
  assert.deepEqual([...made.dataSync()], [1, 2, 3]);
});

test('an input, a constant and one value under two names can be outputs', async () => {
  const graph = traceFunction([vector], [], ({ x }) => {
    const y = tf.neg(x!);
    return { same: x!, ones: tf.ones([20]), y, again: tf.clone(y) };
  });
  const results = await runGraph(graph, feeds);
  assert.deepEqual([...results.same!.data], [1, 2, 3]);
  assert.deepEqual([...results.ones!.data], new Array(20).fill(1));
  assert.deepEqual([...results.y!.data], [-1, -2, -3]);
  assert.deepEqual([...results.again!.data], [-1, -2, -3]);
});

test('inputs that nothing uses stay in the signature; dead nodes go', () => {
  const unused: InputSpec = { name: 'unused', shape: [2], dtype: 'int32' };
  const step = ({ x }: Record<string, tf.Tensor>) => {
    tf.exp(x!);
    return { y: tf.neg(x!) };
  };
  assert.equal(recordFunction([vector, unused], [], step).nodes.length, 2);
  const graph = traceFunction([vector, unused], [], step);
  assert.equal(graph.nodes.length, 1);
  assert.deepEqual(
    graph.inputs.map(({ name }) => name),
    ['x', 'unused'],
  );
});

test('mistakes in the signature are named', () => {
  const twice = () => traceFunction([vector, vector], [], ({ x }) => ({ x: x! }));
  assert.throws(twice, /two of the inputs are called x/);
  const noTensor = () => traceFunction([vector], [], () => ({ y: 3 as unknown as tf.Tensor }));
  assert.throws(noTensor, /output y isn't a tensor/);
  const nested = () =>
    traceFunction([vector], [], ({ x }) => {
      traceFunction([vector], [], (inner) => ({ y: inner.x! }));
      return { y: x! };
    });
  assert.throws(nested, /cannot be nested/);
});

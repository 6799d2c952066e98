import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { Graph } from '../graph.ts';
import { emitOnnx } from '../onnx/emit.ts';
import { assertClose, assertSameAsEager, type Step } from '../testing/compare.ts';
import { runGraph } from '../testing/run-graph.ts';
import { type InputSpec, recordFunction, traceFunction } from '../trace.ts';
import { fuse, simplify } from './optimise.ts';

const specs: InputSpec[] = [
  { name: 'x', shape: [2, 3], dtype: 'float32' },
  { name: 'w', shape: [4, 3], dtype: 'float32' },
];
const feeds = {
  x: Float32Array.from([1, -2, 3, 0.5, 0.25, -1]),
  w: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)),
};

const kernels = (graph: Graph) => graph.nodes.map(({ kernel }) => kernel);

/** The kernels left after simplification and after fusion, once the results are shown to be unchanged. */
async function leftOf(step: Step): Promise<{ simple: string[]; fused: string[]; graph: Graph }> {
  await assertSameAsEager(specs, feeds, step);
  const plain = recordFunction(specs, [], step);
  const graph = simplify(plain);
  const fused = fuse(graph, true);
  const expected = await runGraph(plain, feeds);
  for (const [name, { data }] of Object.entries(await runGraph(fused, feeds))) {
    assertClose(data, expected[name]!.data, name);
  }
  return { simple: kernels(graph), fused: kernels(fused), graph: fused };
}

test('equal nodes are computed once', async () => {
  const { simple } = await leftOf(({ x }) => ({ y: tf.add(tf.exp(x!), tf.sin(tf.exp(x!))) }));
  assert.deepEqual(simple, ['Exp', 'Sin', 'Add']);
});

test('equal constants are one, large or small; unequal ones stay apart', () => {
  const table = (scale: number) =>
    tf.tensor(
      Float32Array.from({ length: 9000 }, (_, i) => i * scale),
      [3000, 3],
    );
  const graph = traceFunction(specs, [], ({ x }) => {
    const row = tf.slice(x!, [0, 0], [1, 3]);
    return { y: tf.add(tf.mul(row, table(1)), tf.mul(row, tf.add(tf.sin(table(1)), table(2)))) };
  });
  assert.equal(graph.constants.length, 2);
});

test('neutral numbers vanish and chains of factors are one', async () => {
  const { simple } = await leftOf(({ x }) => {
    const same = tf.add(tf.div(tf.mul(x!, tf.ones([2, 3])), 1), tf.zerosLike(x!));
    return { y: tf.mul(tf.div(tf.mul(same, 3), 2), 5) };
  });
  assert.deepEqual(simple, ['Multiply']);
});

test('a neutral number that widens the shape leaves the widening', async () => {
  const { simple } = await leftOf(({ x }) => ({ y: tf.mul(x!, tf.ones([5, 2, 3])) }));
  assert.deepEqual(simple, ['BroadcastTo']);
});

test('zero times x is not zero where x is infinite', async () => {
  const graph = traceFunction(specs, [], ({ x }) => ({ y: tf.mul(tf.div(x!, 0), 0) }));
  const { y } = await runGraph(graph, feeds);
  assert.ok(y!.data.every(Number.isNaN));
});

test('views of views are one view, or none', async () => {
  const { simple } = await leftOf(({ x, w }) => ({
    back: tf.reshape(tf.reshape(x!, [6]), [2, 3]),
    view: tf.reshape(tf.expandDims(tf.reshape(x!, [3, 2]), 0), [6]),
    turned: tf.transpose(tf.transpose(tf.reshape(w!, [2, 2, 3]), [1, 2, 0]), [0, 2, 1]),
    still: tf.transpose(tf.reshape(w!, [4, 1, 3]), [1, 0, 2]),
  }));
  assert.deepEqual(simple.sort(), ['Reshape', 'Reshape', 'Reshape', 'Transpose']);
});

test('the gradient of a mean is spread by the operation that uses it', async () => {
  const { simple } = await leftOf(({ x }) => ({
    dx: tf.grad((given: tf.Tensor) => tf.mean(tf.square(given)))(x!),
  }));
  assert.equal(simple.includes('BroadcastTo'), false);
});

test('signs are merged', async () => {
  const { simple } = await leftOf(({ x }) => ({
    difference: tf.add(tf.neg(tf.neg(tf.exp(x!))), tf.neg(tf.sin(x!))),
    sum: tf.sub(x!, tf.neg(tf.cos(x!))),
  }));
  assert.equal(simple.includes('Neg'), false);
});

test('a linear layer with an adapter is one Gemm a product, factors and sums included', async () => {
  const { fused, graph } = await leftOf(({ x, w }) => {
    const A = tf.transpose(tf.slice(w!, [0, 0], [2, 3]));
    const B = tf.slice(w!, [0, 0], [4, 2]);
    const frozen = tf.add(tf.matMul(x!, w!, false, true), tf.tensor1d([1, 2, 3, 4]));
    const adapted = tf.mul(tf.matMul(tf.matMul(x!, A), B, false, true), 0.5);
    return { y: tf.add(frozen, adapted) };
  });
  assert.deepEqual(fused.filter((kernel) => kernel !== 'Slice').sort(), [
    'BatchMatMul',
    '_FusedMatMul',
    '_FusedMatMul',
  ]);
  assert.ok(graph.nodes.some(({ attributes }) => attributes.alpha === 0.5));
});

test('a product that is needed by itself, or a term that widens it, is not fused away', async () => {
  const { fused } = await leftOf(({ x, w }) => {
    const product = tf.matMul(x!, w!, false, true);
    return {
      product,
      more: tf.add(product, 1),
      wide: tf.add(tf.matMul(w!, x!, false, true), tf.ones([3, 1, 1])),
    };
  });
  assert.equal(fused.filter((kernel) => kernel === 'Add' || kernel === 'BroadcastTo').length, 2);
});

test('a number repeated a million times is written once', () => {
  const graph = traceFunction([{ name: 'x', shape: [1], dtype: 'float32' }], [], ({ x }) => ({
    y: tf.sum(tf.mul(tf.exp(x!), tf.fill([1000, 1000], 0.5))),
    z: tf.concat([tf.zeros([1000, 1000]), tf.ones([1000, 1000])]),
  }));
  assert.ok(emitOnnx(graph).length < 2000);
});

test('folding numbers rounds as float32 does', async () => {
  await leftOf(({ x }) => ({ y: tf.add(x!, tf.div(tf.scalar(1), tf.sqrt(tf.square(tf.scalar(3))))) }));
});

test('a factor of a linear layer with bias goes into its Gemm, the factor of a batched product into it', async () => {
  const { fused } = await leftOf(({ x, w }) => {
    const linear = tf.add(
      tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D, false, true),
      tf.tensor1d([1, 2, 3, 4]),
    );
    const batch = tf.reshape(x!, [2, 1, 3]);
    return { y: tf.mul(linear, 0.25), z: tf.matMul(tf.mul(batch, 3), batch, true) };
  });
  assert.deepEqual(fused.filter((kernel) => kernel !== 'Reshape').sort(), ['_FusedMatMul', '_FusedMatMul']);
});

test('a tall and narrow product of a transposed operand, as in the gradient of a factor', async () => {
  await leftOf(({ x, w }) => ({
    y: tf.matMul(tf.concat([w!, w!], 1) as tf.Tensor2D, tf.slice(w as tf.Tensor2D, [0, 0], [4, 1]), true),
    negative: tf.neg(x!),
  }));
});

test('in the standard dialect no operator of onnxruntime is used', () => {
  const graph = traceFunction(specs, [], ({ x }) => {
    const batch = tf.reshape(x!, [2, 1, 3]);
    return { z: tf.matMul(tf.mul(batch, 3), batch, true) };
  });
  assert.ok(Buffer.from(emitOnnx(graph)).includes('FusedMatMul'));
  assert.equal(Buffer.from(emitOnnx(graph, 'standard')).includes('FusedMatMul'), false);
});

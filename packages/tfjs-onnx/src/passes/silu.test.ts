import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { peakMemory } from '../memory/peak-memory.ts';
import { assertSameAsEager } from '../testing/compare.ts';
import { traceFunction } from '../trace.ts';
import { fuse } from './optimise.ts';

const specs = [{ name: 'g', shape: [16, 40], dtype: 'float32' }] as const;
const kernels = (graph: { nodes: readonly { kernel: string }[] }) => graph.nodes.map(({ kernel }) => kernel);

/** Two gated layers; the backward pass wants g and its sigmoid. */
function step({ g }: Record<string, tf.Tensor>): Record<string, tf.Tensor> {
  const silu = tf.customGrad((x: tf.Tensor | tf.GradSaveFunc, save: tf.Tensor | tf.GradSaveFunc) => {
    const input = x as tf.Tensor;
    const s = tf.sigmoid(input);
    (save as tf.GradSaveFunc)([input, s]);
    return {
      value: tf.mul(s, input),
      gradFunc: (dy: tf.Tensor, [kept, opened]: tf.Tensor[]) =>
        tf.mul(tf.mul(dy, opened!), tf.add(tf.mul(kept!, tf.sub(1, opened!)), 1)),
    };
  });
  const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => tf.sum(silu(silu(x))) as tf.Scalar)(g!);
  return { loss: value, gradient: grad };
}

test('g sigmoid(g) is one node; the sigmoid is made where the backward pass comes to it', async () => {
  const traced = traceFunction(specs, [], step);
  const fused = fuse(traced, true);
  const order = kernels(fused);
  assert.equal(order.filter((kernel) => kernel === 'Silu').length, 2);
  assert.equal(order.filter((kernel) => kernel === 'Sigmoid').length, 2);
  assert.ok(order.indexOf('Sigmoid') > order.lastIndexOf('Silu'), order.join(' '));
  assert.ok(peakMemory(fused) < peakMemory(fuse(traced, false)));
  const feeds = { g: Float32Array.from({ length: 640 }, (_, i) => 8 * Math.sin(i)) };
  await assertSameAsEager(specs, feeds, step);
});

test('without a backward pass no sigmoid is left; one that is an output stays', () => {
  const alone = fuse(
    traceFunction(specs, [], ({ g }) => ({ y: tf.mul(g!, tf.sigmoid(g!)) })),
    true,
  );
  assert.deepEqual(kernels(alone), ['Silu']);
  const both = ({ g }: Record<string, tf.Tensor>) => {
    const s = tf.sigmoid(g!);
    return { s, y: tf.mul(s, g!) };
  };
  assert.deepEqual(kernels(fuse(traceFunction(specs, [], both), true)).sort(), ['Sigmoid', 'Silu']);
});

test('a product with another sigmoid, and standard operators only, stay as they are', () => {
  const other = [...specs, { name: 'h', shape: [16, 40], dtype: 'float32' }] as const;
  const gated = traceFunction(other, [], ({ g, h }) => ({ y: tf.mul(h!, tf.sigmoid(g!)) }));
  assert.deepEqual(kernels(fuse(gated, true)), ['Sigmoid', 'Multiply']);
  const silu = traceFunction(specs, [], ({ g }) => ({ y: tf.mul(g!, tf.sigmoid(g!)) }));
  assert.deepEqual(kernels(fuse(silu, false)), ['Sigmoid', 'Multiply']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { assertSameAsEager, type Step } from '../testing/compare.ts';
import { type InputSpec, traceFunction } from '../trace.ts';
import { fuse } from './optimise.ts';

const specs: InputSpec[] = [
  { name: 'x', shape: [3, 5], dtype: 'float32' },
  { name: 'gain', shape: [5], dtype: 'float32' },
  { name: 'bias', shape: [5], dtype: 'float32' },
];
const feeds = {
  x: Float32Array.from({ length: 15 }, (_, i) => Math.sin(3 * i) + i / 7),
  gain: Float32Array.from([1, -2, 0.5, 3, 0.1]),
  bias: Float32Array.from([0, 1, -1, 2, 0.3]),
};

/** Kernels after fusion, once compiled and eager results agree. */
async function fusedKernels(step: Step): Promise<string[]> {
  await assertSameAsEager(specs, feeds, step);
  return fuse(traceFunction(specs, [], step), true).nodes.map(({ kernel }) => kernel);
}

function layerNorm(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5));
  return tf.add(tf.mul(tf.mul(centred, inverse), gain), bias);
}

test('layer normalisation is one node; its mean and deviation serve the backward pass', async () => {
  const kernels = await fusedKernels(({ x, gain, bias }) => ({
    y: layerNorm(x!, gain!, bias!),
    dx: tf.grad((given: tf.Tensor) => tf.sum(tf.square(layerNorm(given, gain!, bias!))))(x!),
  }));
  assert.equal(kernels.filter((kernel) => kernel === 'LayerNorm').length, 1);
  assert.equal(kernels.includes('Rsqrt'), false);
});

test('root-mean-square normalisation too, and without a gain neither is taken', async () => {
  const inverseOf = (x: tf.Tensor) => tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-6));
  const kernels = await fusedKernels(({ x, gain }) => ({ y: tf.mul(tf.mul(x!, inverseOf(x!)), gain!) }));
  assert.deepEqual(kernels, ['RmsNorm']);
  const plain = await fusedKernels(({ x }) => ({ y: tf.mul(x!, inverseOf(x!)) }));
  assert.ok(plain.includes('Rsqrt'));
});

test('where something between is a result itself it is still given', async () => {
  const kernels = await fusedKernels(({ x, gain, bias }) => {
    const mean = tf.mean(x!, -1, true);
    const centred = tf.sub(x!, mean);
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), 1e-5));
    const unit = tf.mul(centred, inverse);
    return { mean, unit, inverse, y: tf.add(tf.mul(unit, gain!), bias!) };
  });
  assert.ok(kernels.includes('LayerNorm'));
});

test('a normalisation over another axis, or with a gain a row, stays as it is', async () => {
  const kernels = await fusedKernels(({ x }) => {
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(x!), 0, true), 1e-6));
    const rows = tf.rsqrt(tf.add(tf.mean(tf.square(x!), -1, true), 1e-6));
    return { y: tf.mul(tf.mul(x!, inverse), 2), z: tf.mul(tf.mul(x!, rows), tf.tensor([[1], [2], [3]])) };
  });
  assert.equal(kernels.includes('RmsNorm'), false);
});

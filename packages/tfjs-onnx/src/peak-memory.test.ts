import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { peakMemory, weightBytes } from './peak-memory.ts';
import { recordFunction } from './trace.ts';

const specs = [{ name: 'x', shape: [10, 25], dtype: 'float32' }] as const;
const kilobyte = 4 * 10 * 25;

test('a chain needs its operand and its result, a value kept for later one more', () => {
  const chain = recordFunction(specs, [], ({ x }) => ({ y: tf.sin(tf.exp(tf.neg(x!))) }));
  assert.equal(peakMemory(chain), 3 * kilobyte); // the input, and two of the chain
  const kept = recordFunction(specs, [], ({ x }) => {
    const first = tf.neg(x!);
    return { y: tf.mul(tf.sin(tf.exp(first)), first) };
  });
  assert.equal(peakMemory(kept), 4 * kilobyte);
});

test('a view takes nothing, and what it looks at stays', () => {
  const graph = recordFunction(specs, [], ({ x }) => ({ y: tf.sin(tf.reshape(tf.neg(x!), [250])) }));
  assert.equal(peakMemory(graph), 3 * kilobyte);
});

test('weights count as they are stored', () => {
  const stored = { name: 'w', shape: [2, 25], file: 'model.safetensors', offset: 0 } as const;
  const step = (x: tf.Tensor, w: tf.Tensor) => ({
    y: tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D, false, true),
  });
  const half = recordFunction(specs, [{ ...stored, dtype: 'F16', length: 100 }], ({ x }, { w }) =>
    step(x!, w!),
  );
  assert.equal(weightBytes(half), 100);
  const range = (length: number) => ({ offset: 0, length });
  const plain = { data: range(50), scales: range(100) };
  const quantised = {
    bits: 8,
    form: 'signed',
    plain,
    transposed: { data: range(50), scales: range(8) },
  } as const;
  const bytes = recordFunction(specs, [{ ...stored, dtype: 'F32', length: 0, quantised }], ({ x }, { w }) =>
    step(x!, w!),
  );
  assert.equal(weightBytes(bytes), 208);
});

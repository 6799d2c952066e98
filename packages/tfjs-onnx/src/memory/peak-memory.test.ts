import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { recordFunction } from '../trace.ts';
import { peakMemory, weightBytes } from './peak-memory.ts';

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
  const bytes = [{ ...stored, dtype: 'F32', length: 0, quantised }] as const;
  const back = recordFunction(specs, bytes, ({ x }, { w }) => step(x!, w!));
  assert.equal(weightBytes(back), 58, 'transposed alone');
  const thereAndBack = recordFunction(specs, bytes, ({ x }, { w }) => ({
    y: tf.matMul(step(x!, w!).y, w as tf.Tensor2D),
  }));
  assert.equal(weightBytes(thereAndBack), 208);
  const rows = { data: range(25), scales: range(8) };
  const nibbles = { ...stored, shape: [25, 25], dtype: 'F32', length: 0 } as const;
  const blocks = [{ ...nibbles, quantised: { bits: 4, block: 25, rows } }] as const;
  const forward = recordFunction(specs, blocks, ({ x }, { w }) => step(x!, w!));
  assert.equal(weightBytes(forward), 33);
  const both = recordFunction(specs, blocks, ({ x }, { w }) => ({
    y: tf.matMul(step(x!, w!).y, w as tf.Tensor2D),
  }));
  assert.equal(weightBytes(both), 66, 'as it lies, and made floats: mapped under two names');
});

test('floats that are made of a weight are there while it is used', () => {
  const weight = {
    name: 'w',
    shape: [25, 25],
    dtype: 'BF16',
    file: 'model.safetensors',
    offset: 0,
    length: 1250,
  } as const;
  const floats = 4 * 25 * 25;
  const once = recordFunction(specs, [weight], ({ x }, { w }) => ({
    y: tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D),
  }));
  assert.equal(peakMemory(once), 2 * kilobyte + floats);
  const widened = (nodes: number) =>
    recordFunction(specs, [weight], ({ x }, { w }) => {
      const first: tf.Tensor2D = tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D);
      let wide: tf.Tensor2D = tf.concat([first, first]);
      for (let i = 0; i < nodes; i += 1) wide = tf.sin<tf.Tensor2D>(wide);
      return { y: tf.matMul(tf.slice(wide, [0, 0], [20, 5]), tf.slice(w as tf.Tensor2D, [0, 0], [5, 25])) };
    });
  assert.equal(peakMemory(widened(3)), 5 * kilobyte + floats, 'one copy for both uses');
  assert.equal(
    peakMemory(widened(20)),
    5 * kilobyte + floats,
    'two, of which the second takes the buffer of the first',
  );
});

test('floats of weights take as much as those of one shape that are there at once, however many weights there are', () => {
  const steps = (count: number) => {
    const weights = Array.from({ length: count }, (_, i) => ({
      name: `w${i}`,
      shape: [25, 25],
      dtype: 'BF16' as const,
      file: 'model.safetensors',
      offset: 1250 * i,
      length: 1250,
    }));
    return recordFunction(specs, weights, ({ x }, named) => {
      const there = Object.values(named) as tf.Tensor2D[];
      const back = there.toReversed();
      let y = x as tf.Tensor2D;
      for (const w of there) y = tf.matMul(y, w);
      for (const w of back) y = tf.matMul(y, w, false, true);
      return { y };
    });
  };
  assert.equal(peakMemory(steps(16)), peakMemory(steps(8)));
});

test('a buffer that is taken again by a later value of its shape stays in between', () => {
  const between = (taken: boolean) =>
    recordFunction(specs, [], ({ x }) => {
      const wide = tf.concat([x!, x!]); // [20, 25]
      let narrow = tf.slice(wide, [5, 0], [10, 25]);
      for (let i = 0; i < 4; i += 1) narrow = tf.sin(narrow);
      const again = taken ? tf.concat([narrow, narrow]) : tf.concat([narrow, narrow], 1); // or [10, 50]
      const few = tf.slice(again, [0, 0], [1, 1]);
      return { y: few };
    });
  const chain = 3 * kilobyte; // the input, and two of the chain
  assert.equal(
    peakMemory(between(false)),
    chain + kilobyte,
    'at its ends: the input, a narrow one and a wide one',
  );
  assert.equal(peakMemory(between(true)), chain + 2 * kilobyte, 'the wide one stays while the chain runs');
});

// One model for all sizes: what it gives at each of them is what the function gives, and what can't be left open is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as ort from 'onnxruntime-node';
import '../no-telemetry.ts';
import { type InputSpec, traceFunction } from '../trace.ts';
import { emitWithFreeSizes, tracingSizes } from './free-sizes.ts';

type Values = Record<string, tf.Tensor>;

const specs = (rows: number, columns: number): InputSpec[] => [
  { name: 'x', shape: [rows, 6], dtype: 'float32' },
  { name: 'mask', shape: [1, rows + columns], dtype: 'float32' },
  { name: 'cache', shape: [columns, 6], dtype: 'float32' },
];
const axes = [
  { input: 'x', axis: 0 },
  { input: 'cache', axis: 0 },
];

/** Reshapes, slices, splits, broadcasts and constants of both sizes, as attention has them. */
function attend({ x, mask, cache }: Values): Values {
  const [rows, columns] = [x!.shape[0]!, cache!.shape[0]!];
  const heads = tf.reshape(tf.reshape(x!, [rows, 2, 3]), [2 * rows, 3]);
  const keys = tf.reshape(cache!, [2 * columns, 3]);
  const scores = tf.concat([tf.matMul(heads, keys, false, true), tf.matMul(heads, heads, false, true)], 1);
  const places = tf.cumsum(tf.fill([rows + columns], 1));
  const later = tf.slice(places, [columns], [rows]);
  const shares = tf.softmax(tf.add(tf.reshape(scores, [2 * rows, 2, columns + rows]), mask!));
  const [before, own] = tf.split(shares, [columns, rows], 2);
  const sums = tf.add(tf.sum(before!, [1, 2]), tf.mul(tf.sum(own!, [1, 2]), 2));
  return { sums: tf.mul(tf.reshape(sums, [rows, 2]), tf.reshape(later, [rows, 1])) };
}

test('at every size, one row and none cached among them, the model gives what the function gives', async () => {
  const graphs = tracingSizes(2).map(([rows, columns]) => traceFunction(specs(rows!, columns!), [], attend));
  const session = await ort.InferenceSession.create(emitWithFreeSizes(graphs, axes));
  await tf.setBackend('cpu');
  for (const [rows, columns] of [
    [1, 4],
    [5, 2],
    [3, 64],
    [7, 0],
  ] as const) {
    const given = specs(rows, columns).map(({ name, shape }) => [name, tf.randomNormal([...shape])] as const);
    const feeds = given.map(([name, value]) => [
      name,
      new ort.Tensor('float32', value.dataSync() as Float32Array, value.shape),
    ]);
    const { sums } = await session.run(Object.fromEntries(feeds));
    const expected = attend(Object.fromEntries(given)).sums!;
    assert.deepEqual([...sums!.dims], expected.shape);
    const numbers = expected.dataSync();
    (sums!.data as Float32Array).forEach((value, i) => {
      assert.ok(Math.abs(value - numbers[i]!) <= 1e-4 * Math.abs(numbers[i]!), `${rows} ${columns} [${i}]`);
    });
  }
  await session.release();
});

test('a function whose operations or numbers depend on the size is refused', () => {
  const emit = (fn: (x: tf.Tensor) => tf.Tensor) => {
    const graphs = tracingSizes(1).map(([rows]) =>
      traceFunction([{ name: 'x', shape: [rows!, 2], dtype: 'float32' }], [], ({ x }) => ({ y: fn(x!) })),
    );
    return emitWithFreeSizes(graphs, [{ input: 'x', axis: 0 }]);
  };
  const larger = tracingSizes(1)[1]![0]!;
  assert.throws(
    () => emit((x) => (x.shape[0]! < larger ? tf.neg(x) : tf.abs(x))),
    /operations are others at other sizes/,
  );
  assert.throws(() => emit((x) => tf.mul(x, x.shape[0]!)), /another one at another size/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { ExternalTensor } from '../graph.ts';
import { traceFunction } from '../trace.ts';
import { takeChosenRows } from './chosen-rows.ts';

const specs = [
  { name: 'ids', shape: [2, 3], dtype: 'int32' },
  { name: 'targets', shape: [6], dtype: 'int32' },
] as const;
const table: ExternalTensor = {
  name: 'table',
  shape: [50, 4],
  dtype: 'BF16',
  file: 'model.safetensors',
  offset: 16,
  length: 400,
};
const wide = { ...table, name: 'wide', shape: [4, 50], offset: 416 };

const taken = (
  build: (ids: tf.Tensor, table: tf.Tensor, wide: tf.Tensor, targets: tf.Tensor1D) => tf.Tensor,
) =>
  takeChosenRows(
    traceFunction(specs, [table, wide], ({ ids, targets }, weights) => ({
      y: build(ids!, weights.table!, weights.wide!, targets as tf.Tensor1D),
    })),
  );

test('rows that an input chooses are an input, once for each that chooses, and the weight is gone', () => {
  const { graph, chosen } = taken((ids, rows, _, targets) =>
    tf.add(tf.sum(tf.gather(rows, ids)), tf.sum(tf.mul(tf.gather(rows, targets), tf.gather(rows, targets)))),
  );
  assert.deepEqual(
    chosen.map(({ name, tensor, places }) => [name, tensor.name, places]),
    [
      ['table[ids]', 'table', 'ids'],
      ['table[targets]', 'table', 'targets'],
    ],
  );
  const added = graph.inputs
    .slice(specs.length)
    .map(({ name, value: { shape, dtype } }) => [name, shape, dtype]);
  assert.deepEqual(added, [
    ['table[ids]', [2, 3, 4], 'float32'],
    ['table[targets]', [6, 4], 'float32'],
  ]);
  assert.deepEqual(graph.externals, []);
  assert.ok(!graph.nodes.some(({ kernel }) => kernel === 'GatherV2'));
});

test('a weight that is used otherwise too stays for that', () => {
  const { graph, chosen } = taken((ids, rows) =>
    tf.matMul(tf.reshape(tf.gather(rows, ids), [6, 4]), rows, false, true),
  );
  assert.equal(chosen.length, 1);
  assert.deepEqual(
    graph.externals.map(({ tensor }) => tensor.name),
    ['table'],
  );
});

test('places that are computed, and columns, are left to the graph', () => {
  const computed = taken((ids, rows) => tf.gather(rows, tf.add(ids, tf.scalar(1, 'int32'))));
  const columns = taken((_, __, columnsOf, targets) => tf.gather(columnsOf, targets, 1));
  for (const { graph, chosen } of [computed, columns]) {
    assert.deepEqual(chosen, []);
    assert.equal(graph.inputs.length, specs.length);
    assert.equal(graph.externals.length, 1);
  }
});

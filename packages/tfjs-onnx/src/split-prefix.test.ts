import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import type { Graph } from './graph.ts';
import { splitPrefix } from './split-prefix.ts';
import { type EncoderShape, encoderInputs, encoderStep, encoderWeights } from './testing/encoder-step.ts';
import { runGraph } from './testing/run-graph.ts';
import { traceFunction } from './trace.ts';

const count = (graph: Graph | null, kernel: string) =>
  graph?.nodes.filter((node) => node.kernel === kernel).length ?? 0;
const names = (list: readonly { name: string }[]) => list.map(({ name }) => name);
const asFeeds = (results: Record<string, { data: unknown }>) =>
  Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]));

const weight = (rows: number, columns: number, seed: number) =>
  tf.randomNormal([rows, columns], 0, 1, 'float32', seed);
const matrix = (name: string, rows: number, columns: number) =>
  ({ name, shape: [rows, columns], dtype: 'float32' }) as const;

test('frozen layers below the first adapter go to the prefix; both parts together give the whole', async () => {
  const shape: EncoderShape = {
    layers: 3,
    width: 16,
    heads: 2,
    inner: 32,
    vocabulary: 50,
    rank: 2,
    batch: 2,
    tokens: 4,
  };
  const { frozen, adapters: all } = encoderWeights(shape);
  const adapters = Object.fromEntries(
    Object.entries(all).filter(([name]) => name.startsWith('2.') || name === 'head'),
  );
  const whole = traceFunction(encoderInputs(shape, adapters), [], (inputs) => {
    const weights = Object.entries(frozen).map(([name, { data, shape: dims }]) => [
      name,
      tf.tensor(data, dims),
    ]);
    return encoderStep(shape, inputs, Object.fromEntries(weights));
  });
  const { prefix, rest } = splitPrefix(whole, new Set(['labels', ...Object.keys(adapters)]));
  assert.ok(prefix);
  assert.deepEqual(names(prefix.inputs), ['ids']);
  // The input of layer 2 and the frozen parts of its q, k and v, 8 x 16 each, are less than anything after.
  assert.ok(prefix.outputs.length <= 4);
  assert.equal(names(rest.inputs).includes('ids'), false);

  const feeds: Record<string, Float32Array | Int32Array> = {
    ids: Int32Array.from([1, 2, 3, 4, 5, 6, 7, 8]),
    labels: Float32Array.from([1, 0, 0, 0, 0, 1, 0, 0]),
  };
  for (const [name, { data }] of Object.entries(adapters)) feeds[name] = data;
  const expected = await runGraph(whole, feeds);
  const kept = asFeeds(await runGraph(prefix, feeds));
  const actual = await runGraph(rest, { ...feeds, ...kept });
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort());
  for (const [name, { data }] of Object.entries(expected)) {
    data.forEach((number, i) => {
      assert.ok(Math.abs(actual[name]!.data[i]! - number) < 1e-5, name);
    });
  }
});

test('sparing, products of what is handed over anyway are made in each step, also turned by a small constant', async () => {
  const graph = traceFunction([matrix('x', 4, 300), matrix('a', 300, 300)], [], ({ x, a }) => {
    const h = tf.tanh(tf.matMul(x!, weight(300, 300, 1)));
    const [q, k] = [tf.matMul(h, weight(300, 300, 2)), tf.matMul(h, weight(300, 300, 3))];
    const turn = tf.tensor2d([0, 1, -1, 0], [2, 2]);
    const turned = tf.reshape(tf.matMul(tf.reshape(k, [600, 2]), turn), [4, 300]);
    const wide = tf.relu(tf.matMul(tf.relu(q), weight(300, 400, 4))); // two products from h
    const adapted = tf.add(tf.matMul(tf.mul(q, turned), a!), h);
    return { y: tf.sum(tf.mul(adapted, tf.sum(tf.mul(wide, tf.sum(a!)), 1, true))) };
  });
  const shapes = (split: Graph | null) => split?.outputs.map(({ value }) => value.shape);
  const varying = new Set(['a']);
  assert.deepEqual(shapes(splitPrefix(graph, varying).prefix)?.length, 3);
  const { prefix, rest } = splitPrefix(graph, varying, true);
  assert.deepEqual(shapes(prefix), [
    [4, 300],
    [4, 400],
  ]);
  const feeds = {
    x: Float32Array.from({ length: 1200 }, (_, i) => Math.sin(i)),
    a: Float32Array.from({ length: 90_000 }, (_, i) => Math.cos(i)),
  };
  const kept = asFeeds(await runGraph(prefix!, feeds));
  const [expected, actual] = [await runGraph(graph, feeds), await runGraph(rest, { ...feeds, ...kept })];
  assert.ok(Math.abs(Number(actual.y!.data[0]) / Number(expected.y!.data[0]) - 1) < 1e-5);
});

test('nothing but cheap operations on the fixed inputs is no prefix', () => {
  const graph = traceFunction([matrix('x', 2, 3), matrix('a', 3, 3)], [], ({ x, a }) => ({
    y: tf.matMul(tf.tanh(tf.add(x!, 1)), a!),
  }));
  const { prefix, rest } = splitPrefix(graph, new Set(['a']));
  assert.equal(prefix, null);
  assert.deepEqual(names(rest.inputs), ['x', 'a']);
});

test('a product of weights alone stays in the rest: it has nothing to do with the example', () => {
  const graph = traceFunction([matrix('x', 2, 3), matrix('a', 3, 3)], [], ({ x, a }) => ({
    y: tf.matMul(tf.matMul(x!, tf.matMul(weight(3, 3, 1), weight(3, 3, 2))), a!),
    z: tf.matMul(tf.matMul(weight(3, 3, 1), weight(3, 3, 2)), a!),
  }));
  const { prefix, rest } = splitPrefix(graph, new Set(['a']));
  assert.equal(prefix?.outputs.length, 1);
  assert.equal(count(rest, 'BatchMatMul'), 3);
});

test('the border is where the least is handed over: before a widening, after a narrowing', () => {
  const graph = traceFunction([matrix('x', 8, 3), matrix('a', 1, 300)], [], ({ x, a }) => {
    const narrow = tf.relu(tf.matMul(x!, weight(3, 3, 1)));
    const wide = tf.tile(tf.tanh(narrow), [1, 100]);
    const pooled = tf.mean(tf.matMul(x!, weight(3, 100, 2)), 0, true);
    return { y: tf.sum(tf.mul(wide, a!)), z: tf.mul(tf.slice(a!, [0, 0], [1, 100]), pooled) };
  });
  const { prefix, rest } = splitPrefix(graph, new Set(['a']));
  assert.deepEqual(
    prefix?.outputs.map(({ value }) => value.shape),
    [
      [8, 3],
      [1, 100],
    ],
  );
  assert.equal(count(rest, 'Tile'), 1);
  assert.equal(count(prefix, 'Mean'), 1);
});

test('several views of one value are handed over once, unreshaped', () => {
  const graph = traceFunction([matrix('x', 4, 6), matrix('a', 6, 6)], [], ({ x, a }) => {
    const h = tf.matMul(x!, weight(6, 6, 1));
    return { y: tf.matMul(h, a!), z: tf.mul(tf.reshape(h, [2, 2, 6]), tf.slice(a!, [0, 0], [2, 6])) };
  });
  const { prefix } = splitPrefix(graph, new Set(['a']));
  assert.deepEqual(
    prefix?.outputs.map(({ name, value }) => [name, value.shape]),
    [['prefix:0', [4, 6]]],
  );
});

test('an output that never changes is handed through', async () => {
  const graph = traceFunction([matrix('x', 1, 2), matrix('a', 2, 2)], [], ({ x, a }) => {
    const h = tf.matMul(x!, tf.tensor2d([1, 2, 3, 4], [2, 2]));
    return { h, y: tf.matMul(h, a!) };
  });
  const { prefix, rest } = splitPrefix(graph, new Set(['a']));
  const feeds = { x: Float32Array.of(1, 1), a: Float32Array.of(1, 0, 0, 2) };
  const kept = asFeeds(await runGraph(prefix!, feeds));
  const { h, y } = await runGraph(rest, { ...feeds, ...kept });
  assert.deepEqual([...h!.data], [4, 6]);
  assert.deepEqual([...y!.data], [4, 12]);
});

test('a varying name that is no input is an error that lists the inputs', () => {
  const graph = traceFunction([matrix('x', 1, 2)], [], ({ x }) => ({ y: tf.neg(x!) }));
  assert.throws(
    () => splitPrefix(graph, new Set(['adapter'])),
    /adapter is no input of the graph; its inputs are x/,
  );
});

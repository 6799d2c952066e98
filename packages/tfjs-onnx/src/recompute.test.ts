import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Graph, Value } from './graph.ts';
import { peakMemory } from './memory/peak-memory.ts';
import { fuse } from './passes/optimise.ts';
import { prune } from './passes/prune.ts';
import { recomputeActivations } from './recompute.ts';
import { splitPrefix } from './split-prefix.ts';
import { assertClose } from './testing/compare.ts';
import { encoderInputs, encoderStep, encoderWeights } from './testing/encoder-step.ts';
import { runGraph } from './testing/run-graph.ts';
import { traceFunction } from './trace.ts';

const shape = { layers: 8, width: 32, heads: 2, inner: 64, vocabulary: 50, rank: 2, batch: 4, tokens: 32 };
const { frozen, adapters } = encoderWeights(shape);

function encoder(): Graph {
  return traceFunction(encoderInputs(shape, adapters), [], (inputs) => {
    const weights = Object.entries(frozen).map(([name, { data, shape: dims }]) => [
      name,
      tf.tensor(data, dims),
    ]);
    return encoderStep(shape, inputs, Object.fromEntries(weights));
  });
}

function feeds(): Record<string, Float32Array | Int32Array> {
  const { batch, tokens, vocabulary } = shape;
  return {
    ids: Int32Array.from({ length: batch * tokens }, (_, i) => (i * 7) % vocabulary),
    labels: Float32Array.from({ length: batch * 4 }, (_, i) => (i % 5 === 0 ? 1 : 0)),
    ...Object.fromEntries(Object.entries(adapters).map(([name, { data }]) => [name, data])),
  };
}

function assertInOrder({ inputs, externals, constants, nodes, outputs }: Graph): void {
  const known = new Set<Value>([...inputs, ...externals, ...constants].map(({ value }) => value));
  for (const node of nodes) {
    for (const input of node.inputs) assert.ok(known.has(input), `${node.kernel} comes before its operand`);
    for (const output of node.outputs) known.add(output);
  }
  for (const { name, value } of outputs) assert.ok(known.has(value), name);
}

test('a deep step needs a fraction of the memory, and gives the same numbers', async () => {
  const graph = encoder();
  const economical = recomputeActivations(graph, 'loss');
  assertInOrder(economical);
  const own = (one: Graph) => peakMemory(fuse(one, true)) - constantBytes(one);
  assert.ok(own(economical) < own(graph) / 2.5, `${own(economical)} of ${own(graph)} bytes`);
  const expected = await runGraph(graph, feeds());
  const actual = await runGraph(economical, feeds());
  assert.deepEqual(Object.keys(actual), Object.keys(expected));
  for (const [name, { data }] of Object.entries(expected)) assertClose(actual[name]!.data, data, name);
});

function constantBytes({ constants }: Graph): number {
  return constants.reduce((sum, { data }) => sum + data.byteLength, 0);
}

test('copies are no more than the forward pass once again', () => {
  const graph = encoder();
  const products = ({ nodes }: Graph) =>
    nodes.filter(({ kernel }) => ['BatchMatMul', '_FusedMatMul'].includes(kernel)).length;
  const [economical, kept, forward] = [recomputeActivations(graph, 'loss'), graph, forwardOf(graph)].map(
    (one) => products(fuse(one, true)),
  ) as [number, number, number];
  assert.ok(economical > kept);
  assert.ok(economical <= kept + forward, `${economical} products, ${kept} + ${forward}`);
});

function forwardOf(graph: Graph): Graph {
  return prune({ ...graph, outputs: graph.outputs.filter(({ name }) => name === 'loss') });
}

test('what the prefix hands over is kept as it is, and the rest recomputed from it', async () => {
  const graph = encoder();
  const { prefix, rest } = splitPrefix(
    graph,
    new Set(['labels', ...Object.keys(adapters).filter((name) => !name.startsWith('0.'))]),
  );
  assert.ok(prefix);
  const kept = await runGraph(prefix, feeds());
  const given = {
    ...feeds(),
    ...Object.fromEntries(Object.entries(kept).map(([name, { data }]) => [name, data])),
  };
  const expected = await runGraph(rest, given as never);
  const economical = recomputeActivations(rest, 'loss');
  assert.ok(economical.nodes.length > rest.nodes.length);
  const actual = await runGraph(economical, given as never);
  for (const [name, { data }] of Object.entries(expected)) assertClose(actual[name]!.data, data, name);
});

test('a gradient that is infinite or not a number does not change what is computed again', async () => {
  const spec = { name: 'x', shape: [64, 64], dtype: 'float32' } as const;
  const scale = { name: 'scale', shape: [], dtype: 'float32' } as const;
  const graph = traceFunction([spec, scale], [], ({ x, scale: by }) => {
    const loss = (at: tf.Tensor) => {
      let y = at;
      for (let layer = 0; layer < 12; layer++) y = tf.add(y, tf.sin(tf.exp(tf.sin(tf.mul(y, y)))));
      return tf.mul(tf.mean(y), by!) as tf.Scalar;
    };
    const { value, grad } = tf.valueAndGrad(loss)(x!);
    return { loss: value, gradient: grad };
  });
  const economical = recomputeActivations(graph, 'loss');
  assert.ok(economical.nodes.length > graph.nodes.length);
  const x = Float32Array.from({ length: 64 * 64 }, (_, i) => Math.sin(i));
  for (const by of [1, Infinity, NaN]) {
    const given = { x, scale: Float32Array.of(by) };
    const [expected, actual] = [await runGraph(graph, given), await runGraph(economical, given)];
    assertClose(actual.gradient!.data, expected.gradient!.data, `gradient by ${by}`);
    assertClose(actual.loss!.data, expected.loss!.data, `loss by ${by}`);
  }
});

test('a graph without gradients, or without such a loss, stays as it is', () => {
  const graph = encoder();
  const forward = forwardOf(graph);
  assert.equal(recomputeActivations(forward, 'loss'), forward);
  assert.equal(recomputeActivations(graph, 'elsewhere'), graph);
});

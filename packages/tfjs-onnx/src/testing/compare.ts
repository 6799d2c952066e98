// Compares a traced, compiled function with the same function run eagerly on the tfjs cpu backend. For tests.
import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { type InputSpec, traceFunction } from '../trace.ts';
import { runGraph } from './run-graph.ts';

export type Feeds = Record<string, Float32Array | Int32Array>;
export type Step = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>;

/** Largest difference allowed, relative to the largest number of the tensor (at least 1). */
const tolerance = 2e-5;

function eagerly(specs: readonly InputSpec[], feeds: Feeds, step: Step): Record<string, tf.Tensor> {
  const tensors = specs.map(({ name, shape, dtype }) => [name, tf.tensor(feeds[name]!, [...shape], dtype)]);
  return step(Object.fromEntries(tensors));
}

export async function assertSameAsEager(
  specs: readonly InputSpec[],
  feeds: Feeds,
  step: Step,
  reference: Step = step,
): Promise<void> {
  await tf.setBackend('cpu');
  const graph = traceFunction(specs, [], step);
  const actual = await runGraph(graph, feeds);
  const expected = eagerly(specs, feeds, reference);
  assert.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort());
  const types = new Map(graph.outputs.map(({ name, value }) => [name, value.dtype]));
  for (const [name, tensor] of Object.entries(expected)) {
    assert.deepEqual(actual[name]!.shape, tensor.shape, `shape of ${name}`);
    assert.equal(types.get(name), tensor.dtype, `type of ${name}`);
    assertClose(actual[name]!.data, tensor.dataSync(), name);
  }
}

export function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, name: string): void {
  assert.equal(actual.length, expected.length, `length of ${name}`);
  const finite = Array.from(expected, Math.abs).filter(Number.isFinite);
  const scale = finite.reduce((largest, number) => Math.max(largest, number), 1);
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    const close = Object.is(a, e) || a === e || Math.abs(a - e) <= tolerance * scale;
    assert.ok(close, `${name}[${i}]: compiled ${a}, eager ${e}`);
  }
}

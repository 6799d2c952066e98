// Attention in blocks, whose scores are never kept, against the same attention with all of them: values and gradients,
// eager and compiled, with grouped queries, windows and padding on either side; and that its memory grows with the text's
// length, where that of all scores grows with its square.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { causalAttention, causalSight } from '@colora/models/blocks/causal-attention';
import { groupedAttention } from '@colora/models/blocks/grouped-attention';
import type { LayerCache } from '@colora/models/model-family';
import { seededRandom } from '@colora/tensors/random';
import { elementCount } from '@colora/tensors/tensor';
import { peakMemory } from '@colora/tfjs-onnx/memory/peak-memory';
import { fuse } from '@colora/tfjs-onnx/passes/optimise';
import { runGraph } from '@colora/tfjs-onnx/testing/run-graph';
import { type InputSpec, traceFunction } from '@colora/tfjs-onnx/trace';
import * as tf from '@tensorflow/tfjs-core';
import { tfjsEngine } from '../engines/tfjs-engine.ts';

before(() => tfjsEngine(() => undefined, ['wasm']));

const [batch, heads, keyHeads, headSize] = [2, 4, 2, 3];
/** Scores of all pairs are more than what is kept of a layer. */
const long = 736;

type Attend = (q: tf.Tensor4D, own: LayerCache) => tf.Tensor4D;
type Inputs = Readonly<Record<string, tf.Tensor>>;

const whole = (window?: number) => (mask: tf.Tensor) => {
  const { bias } = causalSight(mask as tf.Tensor2D, window);
  return (q: tf.Tensor4D, own: LayerCache) => groupedAttention(q, own, undefined, bias, 0.5);
};
const inBlocks = (window?: number) => (mask: tf.Tensor) => {
  const sight = causalSight(mask as tf.Tensor2D, window);
  return (q: tf.Tensor4D, own: LayerCache) => causalAttention(q, own, undefined, sight, 0.5);
};

/** Outputs at tokens, and the gradients of their sum weighted by `slope`. */
const step =
  (attendTo: (mask: tf.Tensor) => Attend) =>
  ({ q, k, v, slope, mask }: Inputs): Record<string, tf.Tensor> => {
    const attend = attendTo(mask!);
    const real = tf.reshape(mask!, [batch, 1, -1, 1]);
    const output = (...[queries, keys, values]: tf.Tensor[]) =>
      tf.mul(attend(queries as tf.Tensor4D, { keys, values } as LayerCache), real);
    const loss = (...given: tf.Tensor[]) => tf.sum(tf.mul(output(...given), slope!));
    const [dq, dk, dv] = tf.grads(loss)([q!, k!, v!]);
    return { output: output(q!, k!, v!), dq: dq!, dk: dk!, dv: dv! };
  };

function specs(length: number): InputSpec[] {
  const tensor = (name: string, ...shape: number[]): InputSpec => ({ name, shape, dtype: 'float32' });
  return [
    tensor('q', batch, heads, length, headSize),
    tensor('k', batch, keyHeads, length, headSize),
    tensor('v', batch, keyHeads, length, headSize),
    tensor('slope', batch, heads, length, headSize),
    tensor('mask', batch, length),
  ];
}

for (const window of [undefined, 100]) {
  for (const padding of ['right', 'left'] as const) {
    test(`window ${window}, padding on the ${padding}`, async () => {
      const random = seededRandom(`attention ${window} ${padding}`);
      const numbers: Record<string, Float32Array> = Object.fromEntries(
        specs(long).map(({ name, shape }) => [
          name,
          Float32Array.from({ length: elementCount(shape) }, () => random.gaussian()),
        ]),
      );
      numbers.mask = maskOf(padding);
      const given = Object.fromEntries(
        specs(long).map(({ name, shape }) => [name, tf.tensor(numbers[name]!, [...shape])]),
      );
      const expected = step(whole(window))(given);
      const eager = step(inBlocks(window))(given);
      const graph = traceFunction(specs(long), [], step(inBlocks(window)));
      const compiled = await runGraph(graph, numbers);
      for (const [name, tensor] of Object.entries(expected)) {
        const values = tensor.dataSync();
        assertClose(eager[name]!.dataSync(), values, `${name}, eager`);
        assertClose(compiled[name]!.data as Float32Array, values, `${name}, compiled`);
      }
    });
  }
}

test('memory grows with the length of a text, not with its square', () => {
  const peak = (length: number, attend: typeof whole) =>
    peakMemory(fuse(traceFunction(specs(length), [], step(attend())), true));
  assert.ok(peak(4 * long, whole) > 12 * peak(long, whole));
  assert.ok(peak(4 * long, inBlocks) < 6 * peak(long, inBlocks));
});

/** The second text is shorter. */
function maskOf(padding: 'right' | 'left'): Float32Array {
  const [start, end] = padding === 'right' ? [2 * long - 200, 2 * long] : [long, long + 200];
  return new Float32Array(2 * long).fill(1).fill(0, start, end);
}

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(actual.length, expected.length);
  const scale = Array.from(expected, Math.abs).reduce((top, value) => Math.max(top, value), 1);
  for (let i = 0; i < expected.length; i += 1) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    assert.ok(difference <= 1e-5 * scale, `${what} ${i}: ${actual[i]}, expected ${expected[i]}`);
  }
}

import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { assertSameAsEager, type Step } from './testing/compare.ts';
import { drawOperands } from './testing/draw-operands.ts';
import type { InputSpec } from './trace.ts';

const runs = { numRuns: 12 };
const dimension = fc.integer({ min: 1, max: 4 });
const shape = (minLength: number, maxLength = 4) => fc.array(dimension, { minLength, maxLength });

/**
 * Outputs and the gradient, with respect to every operand, of the sum of log(1 + y^2) over them: a function whose slope
 * is no less exact than its argument, however large a sum that argument is. A sine's isn't: the order in which float32
 * numbers are added to 280 decides about its fourth digit.
 */
async function check(
  shapes: readonly (readonly number[])[],
  call: (...operands: tf.Tensor[]) => tf.Tensor[],
  seed: number,
): Promise<void> {
  const { specs, feeds } = drawOperands({ kernel: '', shapes: [], call, range: [0.2, 2] }, shapes, seed);
  const step: Step = (inputs) => {
    const operands = specs.map(({ name }: InputSpec) => inputs[name]!);
    const loss = (...given: tf.Tensor[]) =>
      tf.addN(call(...given).map((y) => tf.sum(tf.log1p(tf.square(y))))) as tf.Scalar;
    const named = (prefix: string, tensors: tf.Tensor[]) =>
      tensors.map((tensor, i) => [`${prefix}${i}`, tensor]);
    return Object.fromEntries([...named('y', call(...operands)), ...named('d', tf.grads(loss)(operands))]);
  };
  await assertSameAsEager(specs, feeds, step);
}

/** Two shapes that broadcast to a common one: axes set to 1, leading axes dropped. */
const broadcastPair = shape(0).chain((full) => {
  const narrowed = fc
    .tuple(fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }), fc.nat(full.length))
    .map(([ones, dropped]) => full.map((size, i) => (ones[i] ? 1 : size)).slice(dropped));
  return fc.tuple(narrowed, narrowed);
});

test('arithmetic of two operands broadcasts as in tfjs', async () => {
  const property = fc.asyncProperty(broadcastPair, fc.nat(1000), ([a, b], seed) =>
    check(
      [a, b],
      (x, y) => [
        tf.add(x!, y!),
        tf.sub(x!, y!),
        tf.mul(x!, y!),
        tf.div(x!, y!),
        tf.pow(x!, y!),
        tf.maximum(x!, y!),
        tf.squaredDifference(x!, y!),
        tf.where(tf.greater(x!, y!), x!, y!),
      ],
      seed,
    ),
  );
  await fc.assert(property, runs);
});

test('any axes are reduced as in tfjs, counted from either end', async () => {
  const shapeAndAxes = shape(1).chain((full) =>
    fc.tuple(
      fc.constant(full),
      fc.uniqueArray(fc.integer({ min: -full.length, max: full.length - 1 }), {
        minLength: 1,
        selector: (axis) => (axis + full.length) % full.length,
      }),
    ),
  );
  const property = fc.asyncProperty(shapeAndAxes, fc.boolean(), fc.nat(1000), ([full, axes], keep, seed) =>
    check(
      [full],
      (x) => [
        tf.sum(x!, axes, keep),
        tf.mean(x!, axes, keep),
        tf.max(x!, axes, keep),
        tf.logSumExp(x!, axes, keep),
      ],
      seed,
    ),
  );
  await fc.assert(property, runs);
});

test('products of any batch and transposition are those of tfjs', async () => {
  const sizes = fc.tuple(shape(0, 2), dimension, dimension, dimension);
  const property = fc.asyncProperty(
    sizes,
    fc.boolean(),
    fc.boolean(),
    fc.nat(1000),
    ([batch, m, k, n], transposeA, transposeB, seed) => {
      const a = [...batch, ...(transposeA ? [k, m] : [m, k])];
      const b = [...batch, ...(transposeB ? [n, k] : [k, n])];
      return check([a, b], (x, y) => [tf.matMul(x!, y!, transposeA, transposeB)], seed);
    },
  );
  await fc.assert(property, runs);
});

test('cuts, joins and permutations of any shape are those of tfjs', async () => {
  const property = fc.asyncProperty(shape(1), fc.nat(1000), (full, seed) => {
    const order = full.map((_, i) => (i + seed) % full.length);
    const begin = full.map((size) => seed % size);
    return check(
      [full, full],
      (x, y) => [
        tf.transpose(x!, order),
        tf.slice(x!, begin),
        tf.pad(
          x!,
          full.map((_, i) => [i, seed % 3] as [number, number]),
        ),
        tf.concat([x!, y!], seed % full.length),
        tf.stack([x!, y!], seed % (full.length + 1)),
        tf.tile(
          x!,
          order.map((axis) => axis + 1),
        ),
        tf.reverse(x!, seed % full.length),
        ...tf.unstack(y!, seed % full.length),
      ],
      seed,
    );
  });
  await fc.assert(property, runs);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { registerGradients } from './gradients.ts';
import { drawOperands } from './testing/draw-operands.ts';
import type { KernelCase } from './testing/kernel-case.ts';
import { kernelCases } from './testing/kernel-cases.ts';

registerGradients();

/** Central differences of float32 functions: this step and tolerance suit values around 1. */
const step = 1e-2;
const tolerance = 2e-2;
/** Slopes to the left and right that differ by more have a kink between them (ties, steps): no place to compare. */
const kink = 0.2;

/** Sum of the outputs under fixed weights, as a number: what is differentiated. */
function weightedSum(result: tf.Tensor | tf.Tensor[]): tf.Scalar {
  const outputs = Array.isArray(result) ? result : [result];
  const sums = outputs.map((y, i) => {
    const weights = tf.cos(tf.reshape(tf.range(i, i + y.size), y.shape));
    return tf.sum(tf.mul(y, weights));
  });
  return tf.addN(sums) as tf.Scalar;
}

function check(kernelCase: KernelCase, shapes: readonly (readonly number[])[], seed: number): void {
  const call = kernelCase.reference ?? kernelCase.call;
  const { specs, feeds } = drawOperands(kernelCase, shapes, seed);
  const tensors = () => specs.map(({ name, shape, dtype }) => tf.tensor(feeds[name]!, [...shape], dtype));
  const floats = specs.flatMap(({ dtype }, i) => (dtype === 'float32' ? [i] : []));
  const loss = (...given: tf.Tensor[]) => {
    const operands = tensors().map((operand, i) => given[floats.indexOf(i)] ?? operand);
    return weightedSum(call(...operands));
  };
  const gradients = tf.grads(loss)(floats.map((i) => tensors()[i]!));
  const lossOf = () => weightedSum(call(...tensors())).dataSync()[0]!;
  const middle = lossOf();
  const compared = { yes: 0, no: 0 };
  floats.forEach((operand, g) => {
    const data = feeds[specs[operand]!.name]!;
    const analytic = gradients[g]!.dataSync();
    assert.deepEqual(gradients[g]!.shape, specs[operand]!.shape);
    for (let i = 0; i < data.length; i++) {
      const at = data[i]!;
      data[i] = at + step;
      const above = lossOf();
      data[i] = at - step;
      const below = lossOf();
      data[i] = at;
      const numeric = (above - below) / (2 * step);
      const scale = Math.max(1, Math.abs(numeric));
      const bend = Math.abs(above + below - 2 * middle) / step;
      if (bend > kink * scale) {
        compared.no += 1;
        continue;
      }
      compared.yes += 1;
      assert.ok(
        Math.abs(analytic[i]! - numeric) <= tolerance * scale,
        `operand ${operand}[${i}]: gradient ${analytic[i]}, differences ${numeric}`,
      );
    }
  });
  assert.ok(compared.yes > compared.no, `${compared.no} operands lie at a kink`);
}

const smooth = kernelCases.filter((kernelCase) => !kernelCase.flat);
for (const kernel of new Set(smooth.map((one) => one.kernel))) {
  test(`${kernel}: gradients agree with finite differences`, async () => {
    await tf.setBackend('cpu');
    for (const kernelCase of smooth.filter((one) => one.kernel === kernel)) {
      kernelCase.shapes.forEach((shapes, i) => {
        tf.tidy(() => check(kernelCase, shapes, i));
      });
    }
  });
}

test('gradients end at comparisons instead of failing', async () => {
  await tf.setBackend('cpu');
  const masked = (x: tf.Tensor) => tf.sum(tf.mul(x, tf.cast(tf.greater(x, 0), 'float32')));
  assert.deepEqual(
    [
      ...tf
        .grad(masked)(tf.tensor1d([-1, 2]))
        .dataSync(),
    ],
    [0, 1],
  );
});

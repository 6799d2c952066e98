import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { kernelTable } from './kernel-table.ts';
import { assertSameAsEager, type Feeds, type Step } from './testing/compare.ts';
import { drawOperands } from './testing/draw-operands.ts';
import type { KernelCase } from './testing/kernel-case.ts';
import { kernelCases } from './testing/kernel-cases.ts';
import type { InputSpec } from './trace.ts';

/** Outputs, and unless flat the gradient of every float operand under random weights of the outputs. */
function stepOf(kernelCase: KernelCase, call: KernelCase['call'], specs: readonly InputSpec[]): Step {
  const list = (result: tf.Tensor | tf.Tensor[]) => (Array.isArray(result) ? result : [result]);
  return (inputs) => {
    const operands = specs.map(({ name }) => inputs[name]!);
    const outputs = Object.fromEntries(list(call(...operands)).map((tensor, i) => [`y${i}`, tensor]));
    if (kernelCase.flat) return outputs;
    const floats = specs.flatMap(({ dtype }, i) => (dtype === 'float32' ? [i] : []));
    const loss = (...given: tf.Tensor[]) => {
      const all = operands.map((operand, i) => given[floats.indexOf(i)] ?? operand);
      const weighted = list(call(...all)).map((y, i) => {
        const weights = tf.randomUniform(y.shape, -1, 1, 'float32', 7 + i);
        return tf.sum(tf.mul(y, weights));
      });
      return tf.addN(weighted) as tf.Scalar;
    };
    const gradients = tf.grads(loss)(floats.map((i) => operands[i]!));
    return {
      ...outputs,
      ...Object.fromEntries(gradients.map((gradient, i) => [`d${specs[floats[i]!]!.name}`, gradient])),
    };
  };
}

/** All variants of a kernel in one graph: their inputs are told apart by a prefix. */
async function check(cases: readonly KernelCase[]): Promise<void> {
  const specs: InputSpec[] = [];
  const feeds: Feeds = {};
  const parts: { prefix: string; compiled: Step; eager: Step }[] = [];
  cases.forEach((kernelCase, c) => {
    kernelCase.shapes.forEach((shapes, s) => {
      const prefix = `${c}.${s}:`;
      const drawn = drawOperands(kernelCase, shapes, 100 * c + s);
      specs.push(...drawn.specs.map((spec) => ({ ...spec, name: prefix + spec.name })));
      for (const [name, data] of Object.entries(drawn.feeds)) feeds[prefix + name] = data;
      parts.push({
        prefix,
        compiled: stepOf(kernelCase, kernelCase.call, drawn.specs),
        eager: stepOf(kernelCase, kernelCase.reference ?? kernelCase.call, drawn.specs),
      });
    });
  });
  const whole =
    (which: 'compiled' | 'eager'): Step =>
    (inputs) => {
      const results = parts.flatMap(({ prefix, [which]: step }) => {
        const own = Object.entries(inputs)
          .filter(([name]) => name.startsWith(prefix))
          .map(([name, tensor]) => [name.slice(prefix.length), tensor]);
        return Object.entries(step(Object.fromEntries(own))).map(([name, tensor]) => [prefix + name, tensor]);
      });
      return Object.fromEntries(results);
    };
  await assertSameAsEager(specs, feeds, whole('compiled'), whole('eager'));
}

for (const kernel of new Set(kernelCases.map((one) => one.kernel))) {
  const cases = kernelCases.filter((one) => one.kernel === kernel);
  test(`${kernel}: compiled as eager, with gradients`, () => check(cases));
}

test('every case calls the kernel it is named after', async () => {
  await tf.setBackend('cpu');
  for (const kernelCase of kernelCases.filter(({ reference }) => reference === undefined)) {
    const { specs, feeds } = drawOperands(kernelCase, kernelCase.shapes[0]!, 1);
    const { kernelNames } = await tf.profile(() => {
      kernelCase.call(...specs.map(({ name, shape, dtype }) => tf.tensor(feeds[name]!, [...shape], dtype)));
    });
    assert.ok(kernelNames.includes(kernelCase.kernel), `${kernelCase.kernel}: calls ${kernelNames}`);
  }
});

test('every kernel of the table has a case', () => {
  const covered = new Set(kernelCases.map(({ kernel }) => kernel));
  assert.deepEqual(
    Object.keys(kernelTable).filter((kernel) => !covered.has(kernel)),
    [],
  );
});

// Adapters on a small linear layer, every layout, against the written formula on a folded weight.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapterTensors } from '@colora/adapters/adapter-tensors';
import { fold } from '@colora/adapters/fold';
import { type AdapterSettings, layouts } from '@colora/adapters/layouts';
import { seededRandom } from '@colora/tensors/random';
import { elementCount, type Tensor } from '@colora/tensors/tensor';
import * as tf from '@tensorflow/tfjs-core';
import { plainLinear, toTf } from '../testing-eager.ts';
import { relativeError } from '../testing-references.ts';
import { makeApplyLinear } from './adapted-linear.ts';

const module = { name: 'block.proj', out: 5, in: 7 };
const random = seededRandom('adapted-linear');

function gaussian(shape: readonly number[]): Tensor {
  return { shape, data: Float32Array.from({ length: elementCount(shape) }, () => random.gaussian()) };
}

const base = toTf(
  new Map([
    ['block.proj.weight', gaussian([5, 7])],
    ['block.proj.bias', gaussian([5])],
    ['block.bare.weight', gaussian([5, 7])],
  ]),
);
const x = toTf(new Map([['x', gaussian([4, 7])]])).x as tf.Tensor2D;

for (const layout of Object.keys(layouts) as AdapterSettings['layout'][]) {
  test(`${layout}: x (W + B A)^T + b with B A the folded paths`, () => {
    const settings: AdapterSettings = { layout, rank: 2, alpha: 3, personalRank: 3, targets: ['proj'] };
    const tensors = new Map(
      adapterTensors(settings, [module]).map(({ name, shape }) => [name, gaussian(shape)]),
    );
    const { A, B } = toTf(new Map(Object.entries(fold(settings, [module], tensors).get(module.name)!)));
    const weight = tf.add(base['block.proj.weight']!, tf.matMul(B!, A!)) as tf.Tensor2D;
    const expected = tf.add(tf.matMul(x, weight, false, true), base['block.proj.bias']!);
    const adapted = makeApplyLinear(base, settings, [module], toTf(tensors))(x, module.name);
    assert.deepEqual(adapted.shape, [4, 5]);
    assert.ok(relativeError(adapted.dataSync(), expected.dataSync()) < 1e-5);
  });
}

test('a base weight that lies [in, out] gives the same', () => {
  const { 'block.proj.weight': weight, 'block.proj.bias': bias } = base;
  const transposed = { 'block.proj.weight.T': tf.transpose(weight!), 'block.proj.bias': bias! };
  const expected = plainLinear(base)(x, 'block.proj').dataSync();
  assert.ok(relativeError(plainLinear(transposed)(x, 'block.proj').dataSync(), expected) < 1e-6);
});

test('modules outside of the targets and without a bias stay plain', () => {
  const linear = makeApplyLinear(base, { layout: 'core', rank: 2, alpha: 2, targets: [] }, [], {});
  const plain = tf.matMul(x, base['block.bare.weight'] as tf.Tensor2D, false, true).dataSync();
  assert.deepEqual(linear(x, 'block.bare').dataSync(), plain);
  assert.deepEqual(plainLinear(base)(x, 'block.bare').dataSync(), plain);
});

test('a missing weight or adapter tensor is named', () => {
  const settings: AdapterSettings = { layout: 'global', rank: 2, alpha: 2, targets: ['proj'] };
  assert.throws(() => plainLinear(base)(x, 'block.other'), /block\.other\.weight was not given/);
  assert.throws(
    () => makeApplyLinear(base, settings, [module], {})(x, module.name),
    /block\.proj\.shared\.B/,
  );
});

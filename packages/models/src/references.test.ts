// llama and bert against PyTorch and transformers: outputs, loss and the gradient of every adapter tensor.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chooseTargets } from '@colora/adapters/adapter-tensors';
import * as tf from '@tensorflow/tfjs-core';
import { makeApplyLinear, plainLinear } from './adapted-linear.ts';
import type { ApplyLinear, Weights } from './model-family.ts';
import { toBatch, toTf, valueAndGradients } from './testing-eager.ts';
import { type Reference, readReference, readWeights, relativeError } from './testing-references.ts';
import { meanWeights, poolRows } from './transformer-blocks.ts';

const tolerance = 1e-4;
type Named = Readonly<Record<string, tf.Tensor>>;

async function prepare(name: 'stories260k' | 'tiny-bert', layout: 'core' | 'dual') {
  const reference = await readReference(name, layout);
  const { model, settings } = reference;
  const weights = toTf(await readWeights(model));
  const modules = chooseTargets(model.linears, settings.targets);
  const adapted = (trained: Named) => makeApplyLinear(weights, settings, modules, trained);
  return { reference, weights, adapted, trained: toTf(reference.trained), batch: toBatch(reference.batch) };
}

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string) {
  const error = relativeError(actual, expected);
  assert.ok(error <= tolerance, `${what}: relative error ${error}`);
}

function assertGradients(actual: Record<string, Float32Array>, reference: Reference) {
  assert.deepEqual(Object.keys(actual).sort(), [...reference.gradients.keys()].sort());
  for (const [name, { data }] of reference.gradients) assertClose(actual[name]!, data, name);
}

/** Mean cross-entropy of every real token but a row's first. logits [B * T, V] */
function nextTokenLoss(logits: tf.Tensor2D, { batch }: Reference): tf.Scalar {
  const { size, length, ids, mask } = batch;
  const positions = Array.from({ length: size * length }, (_, i) => i);
  const predicted = positions.filter((i) => i % length > 0 && mask[i] === 1);
  const rows = tf.gather(
    tf.logSoftmax(logits),
    tf.tensor1d(
      predicted.map((i) => i - 1),
      'int32',
    ),
  );
  const targets = tf.oneHot(
    predicted.map((i) => ids[i]!),
    logits.shape[1],
  );
  return tf.neg(tf.mean(tf.sum(tf.mul(rows, targets), 1)));
}

/** Mean cross-entropy of headScale (W f + b), a head row a label. features [B, F] */
function classLoss(features: tf.Tensor2D, trained: Named, reference: Reference): tf.Scalar {
  const rows = reference.labels.map((label) => trained[`head/${label}`] as tf.Tensor1D);
  const head = tf.stack(rows) as tf.Tensor2D;
  const size = features.shape[1];
  const scores = tf.add(
    tf.matMul(features, tf.slice(head, [0, 0], [-1, size]), false, true),
    tf.reshape(tf.slice(head, [0, size], [-1, 1]), [1, -1]),
  );
  const targets = tf.oneHot([...reference.classes], rows.length);
  const logits = tf.mul(scores, reference.headScale);
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits as tf.Tensor2D), targets), 1)));
}

for (const layout of ['core', 'dual'] as const) {
  describe(`layout ${layout}`, () => {
    test('stories260k: logits, loss and gradients', async () => {
      const { reference, weights, adapted, trained, batch } = await prepare('stories260k', layout);
      const { family, config } = reference.model;
      const logits = family.logits!(config, weights, adapted(trained), batch);
      assertClose(logits.dataSync(), reference.outputs.get('logits')!.data, 'logits');
      const { value, gradients } = valueAndGradients(trained, (tensors) =>
        nextTokenLoss(family.logits!(config, weights, adapted(tensors), batch), reference),
      );
      assertClose([value], [reference.loss], 'loss');
      assertGradients(gradients, reference);
    });

    test('tiny-bert: features, loss and gradients', async () => {
      const { reference, weights, adapted, trained, batch } = await prepare('tiny-bert', layout);
      const { family, config } = reference.model;
      const features = (linear: ApplyLinear, given: Weights) =>
        family.features!(config, given, linear, batch);
      const expected = reference.outputs.get('features')!.data;
      assertClose(features(adapted(trained), weights).dataSync(), expected, 'features');
      const { value, gradients } = valueAndGradients(trained, (tensors) =>
        classLoss(features(adapted(tensors), weights), tensors, reference),
      );
      assertClose([value], [reference.loss], 'loss');
      assertGradients(gradients, reference);
    });

    test('tiny-bert without its pooler: the mean of the last states over real tokens', async () => {
      const { reference, weights, adapted, trained, batch } = await prepare('tiny-bert', layout);
      const { family, config } = reference.model;
      const bare = Object.fromEntries(Object.entries(weights).filter(([name]) => !name.startsWith('pooler')));
      const means = family.features!(config, bare, adapted(trained), batch);
      assertClose(means.dataSync(), reference.outputs.get('means')!.data, 'means');
    });
  });
}

test('tiny-bert: the mean of the states over real tokens is what the reference says', async () => {
  const { reference, weights, adapted, trained, batch } = await prepare('tiny-bert', 'core');
  const { family, config } = reference.model;
  const states = family.states!(config, weights, adapted(trained), batch);
  const { size, length } = reference.batch;
  assert.deepEqual(states.shape, [size * length, family.featureSize!(config)]);
  const means = poolRows(states, meanWeights(batch.mask));
  assertClose(means.dataSync(), reference.outputs.get('means')!.data, 'means');
});

test('llama: logits are the projection of the hidden states, and what follows a token cannot change it', async () => {
  const { reference, weights, batch } = await prepare('stories260k', 'core');
  const { family, config } = reference.model;
  const linear = plainLinear(weights);
  const hidden = family.hidden!(config, weights, linear, batch);
  const logits = family.logits!(config, weights, linear, batch).dataSync();
  assert.deepEqual(family.project!(config, weights, hidden).dataSync(), logits);
  const { size, length } = reference.batch;
  const ids = reference.batch.ids.map((id, i) => (i % length === length - 1 ? (id + 1) % 512 : id));
  const changed = toBatch({ ...reference.batch, ids });
  const others = family.logits!(config, weights, linear, changed).dataSync();
  const rowSize = logits.length / (size * length);
  const earlier = (length - 1) * rowSize;
  assert.deepEqual(others.slice(0, earlier), logits.slice(0, earlier));
});

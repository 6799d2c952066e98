// Every family against PyTorch and transformers: outputs, loss and the gradient of every adapter tensor, in batches
// whose padding the reference has not seen.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chooseTargets } from '@colora/adapters/adapter-tensors';
import * as tf from '@tensorflow/tfjs-core';
import { makeApplyLinear } from './blocks/adapted-linear.ts';
import { meanWeights, poolRows } from './blocks/transformer-blocks.ts';
import { plainLinear, toBatch, toTf, valueAndGradients } from './testing-eager.ts';
import {
  decoderNames,
  encoderNames,
  type Reference,
  type ReferenceBatch,
  type ReferenceName,
  readReference,
  readWeights,
  realRows,
  relativeError,
} from './testing-references.ts';

/** Relative, of the norm. */
const tolerance = { output: 1e-6, gradient: 1e-5 };
type Named = Readonly<Record<string, tf.Tensor>>;

async function prepare(name: ReferenceName, layout: 'core' | 'dual') {
  const reference = await readReference(name, layout);
  const { model, settings } = reference;
  const weights = toTf(await readWeights(model));
  const modules = chooseTargets(model.linears, settings.targets);
  const adapted = (trained: Named) => makeApplyLinear(weights, settings, modules, trained);
  return { reference, weights, adapted, trained: toTf(reference.trained), batch: toBatch(reference.batch) };
}

function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what: string,
  allowed = tolerance.output,
) {
  const error = relativeError(actual, expected);
  assert.ok(error <= allowed, `${what}: relative error ${error}`);
}

function assertGradients(actual: Record<string, Float32Array>, reference: Reference) {
  assert.deepEqual(Object.keys(actual).sort(), [...reference.gradients.keys()].sort());
  for (const [name, { data }] of reference.gradients)
    assertClose(actual[name]!, data, name, tolerance.gradient);
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

/** The same texts with their padding on the left. */
function paddedLeft(batch: ReferenceBatch): ReferenceBatch {
  const moved = (values: ArrayLike<number>) =>
    Array.from({ length: batch.size }, (_, row) => {
      const cells = Array.from(values).slice(row * batch.length, (row + 1) * batch.length);
      const real = batch.mask
        .subarray(row * batch.length, (row + 1) * batch.length)
        .reduce((a, b) => a + b, 0);
      return [...cells.slice(real), ...cells.slice(0, real)];
    }).flat();
  return { ...batch, ids: Int32Array.from(moved(batch.ids)), mask: Float32Array.from(moved(batch.mask)) };
}

for (const layout of ['core', 'dual'] as const) {
  describe(`layout ${layout}`, () => {
    for (const name of decoderNames) {
      test(`${name}: logits, loss and gradients`, async () => {
        const { reference, weights, adapted, trained, batch } = await prepare(name, layout);
        const { family, config } = reference.model;
        const logits = family.decoder!.logits(config, weights, adapted(trained), batch);
        assertClose(
          realRows(logits.dataSync(), reference.batch),
          reference.outputs.get('logits')!.data,
          'logits',
        );
        const { value, gradients } = valueAndGradients(trained, (tensors) =>
          nextTokenLoss(family.decoder!.logits(config, weights, adapted(tensors), batch), reference),
        );
        assertClose([value], [reference.loss], 'loss');
        assertGradients(gradients, reference);
      });
    }

    for (const name of encoderNames) {
      test(`${name}: features, states, loss and gradients`, async () => {
        const { reference, weights, adapted, trained, batch } = await prepare(name, layout);
        const { family, config } = reference.model;
        const linear = adapted(trained);
        const features = family.encoder!.features(config, weights, linear, batch);
        assert.deepEqual(features.shape, [batch.ids.shape[0], family.encoder!.featureSize(config)]);
        assertClose(features.dataSync(), reference.outputs.get('features')!.data, 'features');
        const states = family.tokenEncoder!.states(config, weights, linear, batch);
        assertClose(
          realRows(states.dataSync(), reference.batch),
          reference.outputs.get('states')!.data,
          'states',
        );
        const { value, gradients } = valueAndGradients(trained, (tensors) =>
          classLoss(family.encoder!.features(config, weights, adapted(tensors), batch), tensors, reference),
        );
        assertClose([value], [reference.loss], 'loss');
        assertGradients(gradients, reference);
      });
    }
  });
}

for (const name of decoderNames) {
  test(`${name}: padding on the left moves the logits and changes none`, async () => {
    const { reference, weights, adapted, trained } = await prepare(name, 'core');
    const { family, config } = reference.model;
    const left = { ...reference, batch: paddedLeft(reference.batch) };
    const logits = family.decoder!.logits(config, weights, adapted(trained), toBatch(left.batch));
    const width = family.vocabularySize(config);
    const real = (values: ArrayLike<number>, { mask }: ReferenceBatch) =>
      Array.from(values).filter((_, i) => mask[Math.floor(i / width)] === 1);
    const expected = real(reference.outputs.get('logits')!.data, reference.batch);
    assertClose(real(logits.dataSync(), left.batch), expected, 'logits');
  });

  test(`${name}: logits are the projection of the states, and no later token changes them`, async () => {
    const { reference, weights, batch } = await prepare(name, 'core');
    const { family, config } = reference.model;
    const linear = plainLinear(weights);
    const hidden = family.decoder!.hidden(config, weights, linear, batch);
    const logits = family.decoder!.logits(config, weights, linear, batch).dataSync();
    assert.deepEqual(family.decoder!.project(config, weights, hidden).dataSync(), logits);
    const { size, length } = reference.batch;
    const ids = reference.batch.ids.map((id, i) => (i % length === length - 1 ? (id + 1) % 64 : id));
    const changed = toBatch({ ...reference.batch, ids });
    const others = family.decoder!.logits(config, weights, linear, changed).dataSync();
    const rowSize = logits.length / (size * length);
    const earlier = (length - 1) * rowSize;
    assert.deepEqual(others.slice(0, earlier), logits.slice(0, earlier));
  });
}

test('tiny-bert without its pooler: the mean of the last states over real tokens', async () => {
  const { reference, weights, adapted, trained, batch } = await prepare('tiny-bert', 'core');
  const { family, config } = reference.model;
  const bare = Object.fromEntries(Object.entries(weights).filter(([name]) => !name.startsWith('pooler')));
  const means = family.encoder!.features(config, bare, adapted(trained), batch);
  const states = reference.outputs.get('states')!;
  const expected = poolRows(
    tf.tensor2d(states.data, [batch.ids.size, states.shape[2]!]),
    meanWeights(batch.mask),
  );
  assertClose(means.dataSync(), expected.dataSync(), 'means');
});

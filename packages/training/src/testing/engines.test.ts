// Both engines on the same steps of the real sentence encoder: same losses, same gradients; kept prefixes change
// nothing; longer texts take longer buckets.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { TensorMap } from '@colora/tensors/tensor';
import type { Engine } from '../engines/engine.ts';
import { onnxEngine } from '../engines/onnx-engine.ts';
import { tfjsEngine } from '../engines/tfjs-engine.ts';
import { firstPlace } from '../learning/batch-order.ts';
import { initialShared } from '../learning/initial-checkpoint.ts';
import { openLearner } from '../learning/learner.ts';
import { meanGradient, type StepState, trainSteps } from '../learning/local-steps.ts';
import { adam } from '../optimizers/adam.ts';
import { tokenLimit } from '../programs/batches.ts';
import { initialPersonal, modelParts } from '../programs/model-parts.ts';
import { encodeExamples } from '../tasks/encode-examples.ts';
import { quietResources, recipe, relativeDifference, reviews, useLiteFolder } from './testing-models.ts';

const onnx = onnxEngine({ device: 'cpu', threads: 1 });
const forgetful = onnxEngine({ device: 'cpu', threads: 2, prefixBytes: 0 });
const eager = tfjsEngine(() => undefined, ['cpu']);
after(async () => Promise.all([onnx.dispose(), forgetful.dispose(), (await eager).dispose()]));

/** Two steps, so that B is no longer zero, then the gradient of both phases, and, named so, of the joint one. */
async function steps(engine: Engine, maxTokens: number): Promise<{ losses: number[]; gradients: TensorMap }> {
  const folder = await useLiteFolder();
  const labels = ['bad', 'good'];
  const settings = await recipe({
    task: { kind: 'classification', labels, maxTokens },
    training: { batchSize: 2 },
    adapter: { targets: ['pooler', 'layers.1.attn.v_proj'] },
  });
  const resources = quietResources(engine);
  const base = await resources.base(folder);
  const parts = modelParts(base, settings, labels);
  const encoder = await resources.tokenizer(base);
  const examples = await encodeExamples(await reviews(0, 4), encoder, {
    task: settings.task,
    maxTokens: tokenLimit(parts),
    labels,
  });
  const order = { count: examples.length, seed: 3 };
  const run = { engine, parts, examples, validation: [], order, optimizer: adam() };
  const tensors = new Map([...(await initialShared(folder, settings, 0)), ...initialPersonal(parts, 0)]);
  const start: StepState = { tensors, optimizerState: new Map(), place: firstPlace };
  const { state, loss } = await trainSteps(
    run,
    { name: 'shared', steps: 2, schedule: { done: 0, total: 2 }, where: 'test' },
    start,
  );
  const shared = await meanGradient(run, { name: 'shared', steps: 1, where: 'test' }, state);
  const personal = await meanGradient(run, { name: 'personal', steps: 1, where: 'test' }, state);
  const joint = await meanGradient(run, { name: 'joint', steps: 1, where: 'test' }, state);
  return {
    losses: [loss!, shared.loss, personal.loss, joint.loss],
    gradients: new Map([
      ...shared.gradient,
      ...personal.gradient,
      ...[...joint.gradient].map(([name, gradient]) => [`joint ${name}`, gradient] as const),
    ]),
  };
}

for (const maxTokens of [16, 40]) {
  test(`onnx equals tfjs with up to ${maxTokens} tokens`, async () => {
    const expected = await steps(await eager, maxTokens);
    for (const engine of [onnx, forgetful]) {
      const actual = await steps(engine, maxTokens);
      actual.losses.forEach((loss, i) => {
        assert.ok(
          Math.abs(loss - expected.losses[i]!) <= 1e-4,
          `loss ${loss}, expected ${expected.losses[i]}`,
        );
      });
      for (const [name, { data }] of expected.gradients) {
        const error = relativeDifference(actual.gradients.get(name)!.data, data);
        assert.ok(error <= 1e-4, `${name}: ${error}`);
      }
    }
  });
}

test('a kept prefix gives the same bits as a computed one', async () => {
  const first = await steps(onnx, 24);
  assert.deepEqual(await steps(onnx, 24), first);
  assert.deepEqual(await steps(onnxEngine({ device: 'cpu', threads: 1, prefixBytes: 0 }), 24), first);
});

test('so does one that comes back from a file, which has no name', async () => {
  const first = await steps(onnx, 24);
  const prefixFolder = await mkdtemp(join(tmpdir(), 'colora-prefix-'));
  try {
    const engine = onnxEngine({ device: 'cpu', threads: 1, prefixBytes: 0, prefixFolder });
    assert.deepEqual(await steps(engine, 24), first);
    const { bytes, filed } = engine.kept;
    assert.ok(bytes === 0 && filed > 0, `${bytes} in memory, ${filed} in files`);
    assert.deepEqual(await steps(engine, 24), first);
    assert.equal(engine.kept.filed, filed);
    assert.deepEqual(await readdir(prefixFolder), []);
    await engine.dispose();
  } finally {
    await rm(prefixFolder, { recursive: true });
  }
});

test('layouts, phases and evaluation over the same texts keep one prefix, once a text', async () => {
  const engine = onnxEngine({ device: 'cpu', threads: 1 });
  const resources = quietResources(engine);
  const folder = await useLiteFolder();
  const examples = await reviews(0, 10);
  for (const layout of ['core', 'dual', 'global', 'alone'] as const) {
    const settings = await recipe({
      adapter: { layout, targets: ['layers.1.mlp.fc1', 'pooler'] },
      training: { personalSteps: 1, sharedSteps: 1 },
    });
    const options = { baseModel: folder, settings, examples, heldOut: examples.slice(0, 9), seed: 1 };
    const learner = await openLearner(resources, options);
    const shared = await initialShared(folder, settings, 0);
    await learner.trainRound({ shared, round: 1 });
    await learner.evaluate({ shared });
  }
  const widest = 24 * (512 + 1536) + 512 + 24; // norm and fc1 a token, residual a text, with room for weights
  assert.equal(engine.kept.prefixes, 1);
  assert.ok(
    engine.kept.bytes > 0 && engine.kept.bytes <= examples.length * 4 * widest,
    `${engine.kept.bytes} bytes`,
  );
  await engine.dispose();
});

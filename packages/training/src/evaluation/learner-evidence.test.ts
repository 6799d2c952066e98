// Evidence on the real sentence encoder: features under a head are the very logits of an evaluation, the frozen ones those of
// no adapters; figures are the same whenever they are asked for, and only from what was handed in.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { logProbabilities } from '../collaboration/head-fit.ts';
import { onnxEngine } from '../engines/onnx-engine.ts';
import { initialShared } from '../learning/initial-checkpoint.ts';
import { openLearner } from '../learning/learner.ts';
import { modelParts } from '../programs/model-parts.ts';
import { encodeExamples } from '../tasks/encode-examples.ts';
import { probabilitiesOf } from '../tasks/label-answers.ts';
import { quietResources, recipe, reviews, useLiteFolder } from '../testing/testing-models.ts';
import { evaluateBatches } from './evaluation-batches.ts';
import { exampleFeatures } from './example-features.ts';

const engine = onnxEngine({ device: 'cpu', threads: 1 });
const resources = quietResources(engine);
after(() => engine.dispose());

test('features, then the head, are what an evaluation computes at once', async () => {
  const folder = await useLiteFolder();
  const settings = await recipe({}, folder);
  const examples = await reviews(0, 12);
  const learner = await openLearner(resources, { baseModel: folder, settings, examples, seed: 1 });
  const start = await initialShared(folder, settings, 0);
  const { contribution, personal } = await learner.trainRound({ shared: start, round: 1 });
  const base = await resources.base(folder);
  const parts = modelParts(base, settings, learner.summary.labels);
  // moved adapters, personal ones too: none is left out unseen
  const tensors = new Map([...start, ...contribution, ...personal]);
  const encoder = await resources.tokenizer(base);
  const encoded = await encodeExamples(examples, encoder, {
    task: settings.task,
    maxTokens: 24,
    labels: parts.labels,
  });
  const table = await exampleFeatures(engine, parts, tensors, encoded);
  const rows = new Map(parts.head.shared.map((name) => [name, tensors.get(name)!]));
  const wanted = probabilitiesOf(await evaluateBatches(engine, parts, tensors, encoded), parts.labels.length);
  for (const [example, [row]] of wanted.entries()) {
    const found = logProbabilities(table, example, rows, parts.head.scale);
    for (const [label, p] of row!.entries()) assert.ok(Math.abs(Math.exp(found[label]!) - p) < 1e-5);
  }
});

test('figures are the same when asked again, after rounds too: the learner’s own tensors are not in them', async () => {
  const folder = await useLiteFolder();
  const settings = await recipe({}, folder);
  const examples = await reviews(0, 24);
  const learner = await openLearner(resources, { baseModel: folder, settings, examples, seed: 1 });
  const shared = await initialShared(folder, settings, 0);
  const before = await learner.evidence({ shared });
  assert.equal(before.logLikelihoods.length, 24);
  assert.ok(before.logLikelihoods.flat().every((value) => Number.isFinite(value) && value < 0));
  await learner.trainRound({ shared, round: 1 });
  assert.deepEqual(await learner.evidence({ shared }), before);
});

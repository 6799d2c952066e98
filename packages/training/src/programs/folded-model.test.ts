// A model folded to plain LoRAs, blended and unfolded again computes what its layout computes: the losses of held-out
// examples, one by one, on a real language model.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { blend } from '@colora/adapters/blend';
import { fixturesFolder } from '@colora/models/testing-references';
import type { TensorMap } from '@colora/tensors/tensor';
import { aloneSettings } from '../collaboration/guarded-groups.ts';
import { onnxEngine } from '../engines/onnx-engine.ts';
import { initialShared } from '../learning/initial-checkpoint.ts';
import { openLearner } from '../learning/learner.ts';
import { quietResources, recipe, relativeDifference } from '../testing/testing-models.ts';
import { foldModel, unfoldModel } from './folded-model.ts';

const engine = onnxEngine({ device: 'cpu', threads: 1 });
const resources = quietResources(engine);
after(() => engine.dispose());

const baseModel = `${fixturesFolder}stories260k`;
const story = (animal: string) => ({ prompt: `The ${animal} was`, completion: ' very happy.' });
const heldOut = ['owl', 'hen', 'little elephant'].map(story);
const seed = 1;

test('folded, blended and unfolded, a model has its own losses; halves of two lie between them', async () => {
  const settings = await recipe(
    {
      task: { kind: 'causal-lm', maxTokens: 24 },
      adapter: { targets: ['q_proj', 'v_proj'], rank: 3, alpha: 6 },
      training: { batchSize: 2, sharedRate: 8e-3 },
    },
    baseModel,
  );
  const shared = await initialShared(baseModel, settings, 0);
  const examples = ['cat', 'dog', 'frog'].map(story);
  const trainedBy = async (own: typeof settings, start: TensorMap) => {
    const learner = await openLearner(resources, { baseModel, settings: own, examples, heldOut, seed });
    const { contribution, personal } = await learner.trainRound({ shared: start, round: 1 });
    const moved = new Map([...start, ...contribution]);
    const losses = await learner.heldOutLosses({ shared: moved });
    const { loss } = await learner.evaluate({ shared: moved });
    const tokens = losses.reduce((sum, nats) => sum + nats, 0) / loss!;
    assert.ok(
      Math.abs(tokens - Math.round(tokens)) < 1e-3,
      'nats of all examples are the loss times their tokens',
    );
    return { losses, tensors: new Map([...moved, ...personal]) };
  };
  const core = await trainedBy(settings, shared);
  const alone = await trainedBy(aloneSettings(settings), new Map());
  const { linears } = await resources.base(baseModel);
  const arms = [
    foldModel(settings, linears, core.tensors),
    foldModel(aloneSettings(settings), linears, alone.tensors),
  ] as const;
  const lossesAt = async (a: number) => {
    const folded = blend([
      { folded: arms[0], weight: a },
      { folded: arms[1], weight: 1 - a },
    ]);
    const model = unfoldModel(settings, linears, folded, 6);
    const { shared: tensors, settings: own } = model;
    const learner = await openLearner(resources, {
      ...{ baseModel, settings: own, examples: [], labels: [], heldOut, seed },
    });
    return learner.heldOutLosses({ shared: tensors });
  };
  assert.ok(relativeDifference(await lossesAt(1), core.losses) < 1e-4);
  assert.ok(relativeDifference(await lossesAt(0), alone.losses) < 1e-4);
  const between = await lossesAt(0.5);
  assert.ok(relativeDifference(between, core.losses) > 1e-3);
  assert.ok(relativeDifference(between, alone.losses) > 1e-3);
});

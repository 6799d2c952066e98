// A learner on the real sentence encoder and real reviews: it learns, it is determined by its seed, it goes on
// exactly where it stopped, and its contributions are what they are said to be.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fixturesFolder } from '@colora/models/testing-references';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { norm, scale, subtract } from '@colora/tensors/arithmetic';
import { type TensorMap, tensor } from '@colora/tensors/tensor';
import { aloneSettings } from '../collaboration/guarded-groups.ts';
import { onnxEngine } from '../engines/onnx-engine.ts';
import {
  quietResources,
  recipe,
  relativeDifference,
  reviews,
  useLiteFolder,
} from '../testing/testing-models.ts';
import { initialShared } from './initial-checkpoint.ts';
import { type LearnerOptions, openLearner } from './learner.ts';

const engine = onnxEngine({ device: 'cpu', threads: 1 });
const resources = quietResources(engine);
let folder: string;
let settings: TaskSettings;
let shared: TensorMap;
before(async () => {
  folder = await useLiteFolder();
  settings = await recipe();
  shared = await initialShared(folder, settings, 0);
});
after(() => engine.dispose());

async function open(change: Partial<LearnerOptions> = {}) {
  const examples = await reviews(200, 248);
  return openLearner(resources, { baseModel: folder, settings, examples, seed: 1, ...change });
}

/** The checkpoint after the plain server rule with one client: start - (start - end). */
function committed(checkpoint: TensorMap, contribution: TensorMap): TensorMap {
  const own = new Map([...checkpoint].filter(([name]) => contribution.has(name)));
  return new Map([...checkpoint, ...subtract(own, contribution)]);
}

describe('training', () => {
  test('eight rounds on 48 reviews make held-out accuracy much better than chance', async () => {
    const learner = await open({ heldOut: await reviews(0, 200) });
    let checkpoint = shared;
    const losses: number[] = [];
    for (let round = 1; round <= 8; round += 1) {
      const result = await learner.trainRound({ shared: checkpoint, round });
      assert.equal(result.steps, 8);
      assert.equal(result.examples, 48);
      losses.push(result.sharedLoss!);
      checkpoint = committed(checkpoint, result.contribution);
    }
    assert.ok(Math.abs(losses[0]! - Math.LN2) < 0.1, `first loss ${losses[0]}`);
    assert.ok(losses[7]! < 0.35, `last loss ${losses[7]}`);
    const { accuracy, loss, examples } = await learner.evaluate({ shared: checkpoint });
    assert.equal(examples, 200);
    assert.ok(accuracy > 0.7, `accuracy ${accuracy}`);
    assert.ok(loss! < Math.LN2 * 1.2, `loss ${loss}`);
    const [good, bad] = (await learner.predict({
      shared: checkpoint,
      texts: ['Excellent product, works great, I love it.', 'Terrible, it broke and I want a refund.'],
    })) as { label: string; probabilities: Record<string, number> }[];
    assert.deepEqual([good!.label, bad!.label], ['good', 'bad']);
    assert.ok(Math.abs(good!.probabilities.good! + good!.probabilities.bad! - 1) < 1e-6);
  });

  test('the same seed gives the same bits, another seed does not', async () => {
    const rounds = await Promise.all(
      [1, 1, 2].map(async (seed) => (await open({ seed })).trainRound({ shared, round: 1 })),
    );
    assert.deepEqual(rounds[1], rounds[0]);
    assert.notDeepEqual(rounds[2]!.contribution, rounds[0]!.contribution);
  });

  test('a learner opened with what another left repeats its next round bit for bit', async () => {
    const first = await open();
    const { personal, optimizerState } = await first.trainRound({ shared, round: 1 });
    const expected = await first.trainRound({ shared, round: 2 });
    const resumed = await open({ personal, optimizerState });
    assert.deepEqual(await resumed.trainRound({ shared, round: 2 }), expected);
    const forgetful = await open({ personal });
    assert.notDeepEqual(
      (await forgetful.trainRound({ shared, round: 2 })).contribution,
      expected.contribution,
    );
  });

  test('examples with a label that the earlier ones did not have: its personal row starts at zero', async () => {
    const personalHead = await recipe({
      task: { kind: 'classification', labels: ['bad', 'good'], head: 'personal' },
    });
    const own = await initialShared(folder, personalHead, 0);
    const earlier = await open({
      settings: personalHead,
      examples: (await reviews(200, 248)).filter(({ label }) => label === 'good'),
    });
    const { personal, optimizerState } = await earlier.trainRound({ shared: own, round: 1 });
    assert.ok(!personal.has('personal-head/bad'));
    const size = personal.get('personal-head/good')!.shape[0]!;
    const withZeros = new Map([
      ...personal,
      ['personal-head/bad', tensor([size], new Float32Array(size))] as const,
    ]);
    const [row, zeros] = await Promise.all(
      [personal, withZeros].map(async (start) =>
        (await open({ settings: personalHead, personal: start, optimizerState })).trainRound({
          shared: own,
          round: 2,
        }),
      ),
    );
    assert.deepEqual(row, zeros);
  });

  test('personalise moves the personal part alone', async () => {
    const learner = await open();
    const { personal, loss } = await learner.personalise({ shared, steps: 2 });
    assert.deepEqual(
      [...personal.keys()],
      learner.summary.personalTensors.map(({ name }) => name),
    );
    assert.ok(Math.abs(loss! - Math.LN2) < 1e-3); // the head is still zero
    const trained = committed(shared, (await learner.trainRound({ shared, round: 1 })).contribution);
    const later = await learner.personalise({ shared: trained, steps: 2 });
    assert.notDeepEqual(later.personal, personal);
  });

  test('what is trained alone is the same to the bit however its steps are cut, also by a new start', async () => {
    const alone = aloneSettings(settings);
    const after = async (cuts: readonly number[]) => {
      let left: Pick<LearnerOptions, 'personal' | 'optimizerState'> = {};
      for (const steps of cuts) {
        const learner = await open({ settings: alone, ...left });
        const { personal, optimizerState } = await learner.personalise({ shared: new Map(), steps });
        left = { personal, optimizerState };
      }
      return left;
    };
    assert.deepEqual(await after([1, 5, 1, 1]), await after([8]));
  });
});

test('a language model learns completions and is evaluated by the token', async () => {
  const story = (name: string) => ({
    prompt: `Once upon a time there was a ${name}`,
    completion: ' who went home.',
  });
  const own = await recipe(
    {
      task: { kind: 'causal-lm', maxTokens: 40 },
      adapter: { targets: ['q_proj', 'v_proj'], rank: 4, alpha: 4 },
      training: { batchSize: 2, sharedRate: 8e-3 },
    },
    `${fixturesFolder}stories260k`,
  );
  const checkpoint = await initialShared(`${fixturesFolder}stories260k`, own, 0);
  const learner = await open({
    baseModel: `${fixturesFolder}stories260k`,
    settings: own,
    examples: ['cat', 'dog', 'frog'].map(story),
    heldOut: [story('bird'), { text: 'The bird sang.' }],
  });
  assert.deepEqual(learner.summary.labels, []);
  const before = await learner.evaluate({ shared: checkpoint });
  const first = await learner.trainRound({ shared: checkpoint, round: 1 });
  const second = await learner.trainRound({ shared: committed(checkpoint, first.contribution), round: 2 });
  assert.ok(second.sharedLoss! < first.personalLoss! / 2, `${first.personalLoss} then ${second.sharedLoss}`);
  const after = await learner.evaluate({
    shared: committed(committed(checkpoint, first.contribution), second.contribution),
  });
  assert.ok(after.loss! < before.loss! && after.accuracy > before.accuracy);
  await assert.rejects(learner.predict({ shared: checkpoint, texts: ['a'] }), { code: 'wrong-task' });
});

test('a completion counts as exact when all of its tokens are right', async () => {
  const baseModel = `${fixturesFolder}stories260k`;
  const story = (name: string) => ({ prompt: `There was a ${name}`, completion: ' who went home.' });
  const settings = await recipe(
    {
      // holds the completion, but not the end of text, which this model cannot write
      task: { kind: 'causal-lm', maxTokens: 10 },
      adapter: { targets: ['q_proj', 'v_proj'], rank: 4, alpha: 4 },
      training: { batchSize: 2, sharedRate: 3e-3 },
    },
    baseModel,
  );
  const examples = [story('cat'), story('dog')];
  const heldOut = [...examples, { text: 'The bird sang.' }];
  const learner = await open({ baseModel, settings, examples, heldOut });
  let checkpoint = await initialShared(baseModel, settings, 0);
  assert.equal((await learner.evaluate({ shared: checkpoint })).exactMatch, 0);
  for (let round = 1; round <= 6; round += 1) {
    checkpoint = committed(
      checkpoint,
      (await learner.trainRound({ shared: checkpoint, round })).contribution,
    );
  }
  const { exactMatch, accuracy } = await learner.evaluate({ shared: checkpoint });
  assert.equal(exactMatch, 2 / 3);
  assert.ok(accuracy > 2 / 3 && accuracy < 1, `${accuracy}`);
});

describe('contributions', () => {
  test('hold the shared adapters and the rows of the own labels, in canonical order', async () => {
    const labels = ['bad', 'good', 'neither'];
    const wide = await recipe({ task: { kind: 'classification', labels } });
    const checkpoint = await initialShared(folder, wide, 0);
    assert.ok(checkpoint.has('head/neither'));
    const learner = await open({ settings: wide });
    assert.deepEqual(learner.summary.labels, ['bad', 'good']);
    const { contribution } = await learner.trainRound({ shared: checkpoint, round: 1 });
    assert.deepEqual(
      [...contribution.keys()],
      learner.summary.sharedTensors.map(({ name }) => name),
    );
    assert.ok(contribution.has('head/bad') && !contribution.has('head/neither'));
  });

  test('gradient mode sends the mean gradient at the checkpoint and moves nothing shared', async () => {
    const training = { contribution: 'gradient', personalSteps: 0, batchSize: 8 } as const;
    const all = await open({ settings: await recipe({ training: { ...training, sharedSteps: 6 } }) });
    const { contribution } = await all.trainRound({ shared, round: 1 }); // one pass over 48 examples
    const one = await open({ settings: await recipe({ training: { ...training, sharedSteps: 1 } }) });
    let sum: Map<string, Float64Array> | undefined;
    for (let batch = 0; batch < 6; batch += 1) {
      const { contribution: gradient } = await one.trainRound({ shared, round: batch + 1 });
      sum ??= new Map([...gradient].map(([name, { data }]) => [name, new Float64Array(data.length)]));
      for (const [name, { data }] of gradient)
        for (const [i, value] of data.entries()) sum.get(name)![i]! += value / 6;
    }
    for (const [name, { data }] of contribution) {
      const error = relativeDifference(data, sum!.get(name)!);
      assert.ok(error <= 1e-5, `${name}: ${error}`);
    }
    assert.ok(contribution.get('head/good')!.data.some((value) => value !== 0));
  });

  test('one sgd step in delta mode is the rate times the gradient', async () => {
    const training = {
      personalSteps: 0,
      sharedSteps: 1,
      optimizer: 'sgd',
      sharedRate: 0.5,
      headRate: 0.25,
    } as const;
    const delta = await open({ settings: await recipe({ training }) });
    const gradient = await open({
      settings: await recipe({ training: { ...training, contribution: 'gradient' } }),
    });
    const { contribution: moved } = await delta.trainRound({ shared, round: 1 });
    const { contribution: slope } = await gradient.trainRound({ shared, round: 1 });
    for (const [name, { data }] of scale(slope, 0.5)) {
      const expected = name.startsWith('head/') ? data.map((value) => value / 2) : data;
      const { shape } = shared.get(name)!;
      for (const [i, value] of moved.get(name)!.data.entries()) {
        const rounding = 2e-7 * Math.abs(shared.get(name)!.data[i]!) + 1e-7;
        assert.ok(Math.abs(value - expected[i]!) <= rounding, `${name} [${shape.join()}] at ${i}`);
      }
    }
  });

  test('are clipped where the group asks for it', async () => {
    const learner = await open({ settings: await recipe({ privacy: { clipNorm: 0.01 } }) });
    const { contribution } = await learner.trainRound({ shared, round: 1 });
    const squares = [...contribution.values()]
      .flatMap(({ data }) => [...data])
      .reduce((sum, x) => sum + x * x, 0);
    assert.ok(Math.sqrt(squares) <= 0.01 && Math.sqrt(squares) > 0.0099);
  });
});

describe('who trains what', () => {
  const cases = [
    { layout: 'global', head: 'by-label', personal: false, shared: true },
    { layout: 'alone', head: 'personal', personal: true, shared: false },
    { layout: 'dual', head: 'both', personal: true, shared: true },
    { layout: 'share-a', head: 'by-label', personal: true, shared: true },
    { layout: 'frozen-a', head: 'by-label', personal: false, shared: true },
  ] as const;
  for (const { layout, head, ...trained } of cases) {
    test(`${layout} with head ${head}: every method gets the same number of steps`, async () => {
      const own = await recipe({
        task: { kind: 'classification', labels: ['bad', 'good'], head },
        adapter: { layout, targets: ['pooler'] },
        training: { personalSteps: 1, sharedSteps: 2 },
      });
      const learner = await open({ settings: own });
      const result = await learner.trainRound({ shared: await initialShared(folder, own, 0), round: 1 });
      assert.equal(result.steps, 3);
      assert.equal(result.personalLoss !== null, trained.personal);
      assert.equal(result.sharedLoss !== null, trained.shared);
      assert.equal(result.contribution.size > 0, trained.shared);
      assert.equal(result.personal.size > 0, trained.personal);
    });
  }

  test('no targets: the head alone is trained', async () => {
    const own = await recipe({
      task: { kind: 'classification', labels: ['bad', 'good'], head: 'personal' },
      adapter: { targets: [] },
    });
    const learner = await open({ settings: own, heldOut: await reviews(0, 100) });
    assert.deepEqual(
      learner.summary.personalTensors.map(({ name }) => name),
      ['personal-head/bad', 'personal-head/good'],
    );
    assert.equal((await learner.trainRound({ shared: new Map(), round: 1 })).contribution.size, 0);
    for (let round = 2; round <= 8; round += 1) await learner.trainRound({ shared: new Map(), round });
    assert.ok((await learner.evaluate({ shared: new Map() })).accuracy > 0.6);
  });
});

describe('what does not fit', () => {
  test('a checkpoint that lacks a tensor or has another shape', async () => {
    const learner = await open();
    const { 'pooler.shared.A': _, ...rest } = Object.fromEntries(shared);
    await assert.rejects(learner.trainRound({ shared: new Map(Object.entries(rest)), round: 1 }), {
      code: 'bad-tensors',
      message: 'the checkpoint lacks the tensor pooler.shared.A',
    });
    const wrong = new Map([
      ...shared,
      ['pooler.shared.A', tensor([1, 512], new Float32Array(512))],
    ]) as TensorMap;
    await assert.rejects(
      learner.trainRound({ shared: wrong, round: 1 }),
      /shape \[1, 512\], this task needs \[8, 512\]/,
    );
  });

  test('a loss that is not a number stops with the round, the step and the rates to lower', async () => {
    const broken = new Map([
      ...shared,
      ['head/good', tensor([513], new Float32Array(513).fill(Number.NaN))],
    ]) as TensorMap;
    const learner = await open();
    await assert.rejects(learner.trainRound({ shared: broken, round: 3 }), {
      code: 'not-finite',
      message: /diverged in round 3, personal step 1: .*personalRate/,
    });
  });

  test('no examples, an unknown label, the wrong kind of example, a model that cannot do the task', async () => {
    await assert.rejects(open({ examples: [] }), { code: 'no-examples' });
    await assert.rejects(
      open({ examples: [{ text: 'a', label: 'meh' }] }),
      /label "meh" is not one of the task's/,
    );
    const baseModel = `${fixturesFolder}stories260k`;
    const talk = { messages: [{ role: 'assistant', content: 'a' }] };
    await assert.rejects(
      open({
        baseModel,
        settings: await recipe({ task: { kind: 'causal-lm' }, adapter: { targets: [] } }, baseModel),
        examples: [{ text: 'a' }, talk],
      }),
      /example 2: the base model in .*stories260k has no chat template/,
    );
    await assert.rejects(
      open({ examples: [{ text: 'a' }] }),
      /example 1 is of another kind: .* a text and its label/,
    );
    await assert.rejects(
      open({ settings: await recipe({ task: { kind: 'causal-lm' } }) }),
      /no causal language model/,
    );
    await assert.rejects((await open()).evaluate({ shared }), { code: 'no-examples' });
  });

  test('held-out labels that the learner does not have count as wrong', async () => {
    const wide = await recipe({ task: { kind: 'classification', labels: ['bad', 'good', 'odd'] } });
    const known = await reviews(0, 10);
    const odd = (await reviews(10, 20)).map(({ text }) => ({ text, label: 'odd' }));
    const learner = await open({ settings: wide, heldOut: odd });
    assert.equal((await learner.evaluate({ shared })).accuracy, 0);
    const both = await (await open({ settings: wide, heldOut: [...known, ...odd] })).evaluate({ shared });
    const alone = await (await open({ settings: wide, heldOut: known })).evaluate({ shared });
    assert.ok(Math.abs(both.accuracy - alone.accuracy / 2) < 1e-9);
    assert.ok(Math.abs(both.loss! - alone.loss!) < 1e-6);
  });

  test('texts longer than the limit are cut and counted', async () => {
    const long = { text: 'word '.repeat(60), label: 'good' };
    const learner = await open({ examples: [long, { text: 'short', label: 'bad' }] });
    assert.equal(learner.summary.truncated, 1);
    assert.equal(learner.summary.tokenLimit, 24);
  });
});

describe('what joins the gradients of shared steps', () => {
  const sgdSteps = { personalSteps: 0, optimizer: 'sgd', sharedRate: 0.5, headRate: 0.5 } as const;

  test('FedProx: the first step is the same, and many stay nearer to the checkpoint', async () => {
    const moved = async (sharedSteps: number, mu: number) => {
      const learner = await open({
        settings: await recipe({ training: { ...sgdSteps, sharedSteps, proximal: mu } }),
      });
      return (await learner.trainRound({ shared, round: 1 })).contribution;
    };
    assert.deepEqual(await moved(1, 1.5), await moved(1, 0));
    const [free, held] = [norm(await moved(8, 0)), norm(await moved(8, 1.5))];
    assert.ok(held < 0.8 * free, `${held} and ${free}`);
  });

  test('SCAFFOLD: own controls are kept, their change is sent, and a second round uses them', async () => {
    const settings = await recipe({ training: { ...sgdSteps, sharedSteps: 3, controls: true } });
    const checkpoint = await initialShared(folder, settings, 0);
    const learner = await open({ settings });
    const names = learner.summary.sharedTensors.map(({ name }) => name);
    const one = await learner.trainRound({ shared: checkpoint, round: 1 });
    assert.deepEqual([...one.contribution.keys()], [...names, ...names.map((name) => `control/${name}`)]);
    for (const name of names) {
      const control = one.optimizerState.get(`control/${name}`)!.data;
      const moved = one.contribution.get(name)!.data;
      const sent = one.contribution.get(`control/${name}`)!.data;
      for (const [i, x] of moved.entries()) {
        assert.ok(Math.abs(control[i]! - x / 1.5) <= 1e-6 * Math.max(1, Math.abs(x)));
        assert.equal(sent[i]! + 0, -control[i]! + 0);
      }
    }
    assert.ok([...one.personal.keys()].every((name) => !name.startsWith('control/')));
    // alone in its group, c = c_i: corrections cancel, and training goes on as without them
    const moved = committed(checkpoint, one.contribution);
    const two = await learner.trainRound({ shared: moved, round: 2 });
    assert.ok(two.sharedLoss! < one.sharedLoss!);
  });
});

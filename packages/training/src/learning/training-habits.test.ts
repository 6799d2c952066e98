// Schedules, clipping, accumulation, validation with early stopping, divergence: what each does to real steps, and
// that a run with all of them is reproduced, and resumed, bit for bit.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fixturesFolder } from '@colora/models/testing-references';
import type { TaskSettings, TaskSettingsInput } from '@colora/protocol/task-settings';
import { norm, subtract } from '@colora/tensors/arithmetic';
import { encode } from '@colora/tensors/safetensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { onnxEngine } from '../engines/onnx-engine.ts';
import type { Example } from '../tasks/tasks.ts';
import {
  quietResources,
  recipe,
  relativeDifference,
  reviews,
  useLiteFolder,
} from '../testing/testing-models.ts';
import { startTrainer } from '../trainer.ts';
import { initialShared } from './initial-checkpoint.ts';
import { type LearnerOptions, type LearnerWork, openLearner } from './learner.ts';
import { rateFactor } from './rate-schedule.ts';

type Training = NonNullable<TaskSettingsInput['training']>;

const engine = onnxEngine({ device: 'cpu', threads: 1 });
const resources = quietResources(engine);
let folder: string;
let shared: TensorMap;
before(async () => {
  folder = await useLiteFolder();
  shared = await initialShared(folder, await recipe(), 0);
});
after(() => engine.dispose());

async function open(training: Training, change: Partial<LearnerOptions> = {}): Promise<LearnerWork> {
  const settings = await recipe({ training, rounds: { count: 4 } });
  const examples = await reviews(200, 248);
  return openLearner(resources, { baseModel: folder, settings, examples, seed: 1, ...change });
}

/** The checkpoint after the plain server rule with one client. */
function committed(checkpoint: TensorMap, contribution: TensorMap): TensorMap {
  const own = new Map([...checkpoint].filter(([name]) => contribution.has(name)));
  return new Map([...checkpoint, ...subtract(own, contribution)]);
}

describe('a schedule', () => {
  const factors = (schedule: TaskSettings['training']['schedule'], warmup: number, total: number) =>
    Array.from({ length: total }, (_, step) => rateFactor({ schedule, warmup }, step, total));

  test('rises over its warm-up and falls over the rest', () => {
    assert.deepEqual(factors('constant', 0, 3), [1, 1, 1]);
    assert.deepEqual(factors('constant', 0.5, 4), [0.5, 1, 1, 1]);
    assert.deepEqual(factors('linear', 0, 4), [1, 0.75, 0.5, 0.25]);
    assert.deepEqual(factors('linear', 0.5, 8), [0.25, 0.5, 0.75, 1, 1, 0.75, 0.5, 0.25]);
    const cosine = factors('cosine', 0.2, 5);
    const expected = [1, 1, (1 + Math.SQRT1_2) / 2, 0.5, (1 - Math.SQRT1_2) / 2];
    for (const [step, factor] of cosine.entries()) assert.ok(Math.abs(factor - expected[step]!) < 1e-12);
  });

  test('stays at its end for steps past it', () => {
    assert.equal(rateFactor({ schedule: 'linear', warmup: 0 }, 9, 8), 0);
    assert.ok(rateFactor({ schedule: 'cosine', warmup: 0 }, 9, 8) < 1e-15);
  });

  const steps = {
    personalSteps: 0,
    sharedSteps: 1,
    optimizer: 'sgd',
    sharedRate: 0.5,
    headRate: 0.5,
  } as const;

  test('runs from a learner’s first round to the group’s last', async () => {
    const plain = await open(steps);
    const falling = await open({ ...steps, schedule: 'linear' });
    const full = norm((await plain.trainRound({ shared, round: 2 })).contribution);
    const late = norm((await falling.trainRound({ shared, round: 2 })).contribution); // the first of its three
    assert.ok(Math.abs(late / full - 1) < 1e-5, `${late / full}`);
    const fullNext = norm((await plain.trainRound({ shared, round: 3 })).contribution);
    const next = norm((await falling.trainRound({ shared, round: 3 })).contribution);
    assert.ok(Math.abs(next / fullNext - 2 / 3) < 1e-5, `${next / fullNext}`);
  });
});

describe('clipping', () => {
  const steps = { personalSteps: 0, sharedSteps: 1, optimizer: 'sgd', sharedRate: 1, headRate: 1 } as const;

  test('bounds the norm of a step over all tensors and leaves its direction', async () => {
    const free = (await (await open(steps)).trainRound({ shared, round: 1 })).contribution;
    const length = norm(free);
    const bounded = await open({ ...steps, maxGradientNorm: length / 4 });
    const { contribution } = await bounded.trainRound({ shared, round: 1 });
    assert.ok(Math.abs(norm(contribution) / length - 1 / 4) < 1e-4);
    for (const [name, { data }] of contribution) {
      const quarter = free.get(name)!.data.map((value) => value / 4);
      assert.ok(relativeDifference(data, quarter) < 1e-3, name);
    }
    const loose = await open({ ...steps, maxGradientNorm: length * 4 });
    assert.deepEqual((await loose.trainRound({ shared, round: 1 })).contribution, free);
  });
});

describe('accumulation', () => {
  const gradient = { contribution: 'gradient', personalSteps: 0, sharedSteps: 1 } as const;
  const assertSame = (actual: TensorMap, expected: TensorMap) => {
    for (const [name, { data }] of expected) {
      const error = relativeDifference(actual.get(name)!.data, data);
      assert.ok(error < 1e-5, `${name}: ${error}`);
    }
  };

  test('of four batches of two is the gradient of one of eight', async () => {
    const large = await open({ ...gradient, batchSize: 8 });
    const small = await open({ ...gradient, batchSize: 2, accumulate: 4 });
    const expected = await large.trainRound({ shared, round: 1 });
    const actual = await small.trainRound({ shared, round: 1 });
    assertSame(actual.contribution, expected.contribution);
    assert.ok(Math.abs(actual.sharedLoss! - expected.sharedLoss!) < 1e-6);
  });

  test('weighs the tokens of a language model alike, whichever batch they are in', async () => {
    const baseModel = `${fixturesFolder}stories260k`;
    const examples: Example[] = [
      { prompt: 'Once', completion: ' upon a time there was a little girl who went home.' },
      { prompt: 'The cat sat on the mat and then it went', completion: ' away.' },
      { text: 'A much longer story. '.repeat(8) },
      { prompt: 'Tom', completion: ' ran.' },
    ];
    const learnt = async (training: Training) => {
      const settings = await recipe(
        { task: { kind: 'causal-lm', maxTokens: 96 }, adapter: { targets: ['q_proj', 'v_proj'] }, training },
        baseModel,
      );
      const learner = await openLearner(resources, { baseModel, settings, examples, seed: 1 });
      const checkpoint = await initialShared(baseModel, settings, 0);
      return learner.trainRound({ shared: checkpoint, round: 1 });
    };
    const expected = await learnt({ ...gradient, batchSize: 4 });
    const actual = await learnt({ ...gradient, batchSize: 1, accumulate: 4 });
    assertSame(actual.contribution, expected.contribution);
  });
});

describe('validation', () => {
  const watched = { personalSteps: 4, sharedSteps: 4, validation: 0.25, patience: 2 } as const;

  const wild = { ...watched, personalRate: 10 };
  /** After a few good rounds, so that steps at a wild rate can only do harm. */
  const warmedUp = async () => {
    const learner = await open(watched);
    let checkpoint = shared;
    let warm = await learner.trainRound({ shared: checkpoint, round: 1 });
    for (let round = 2; round <= 4; round += 1) {
      checkpoint = committed(checkpoint, warm.contribution);
      warm = await learner.trainRound({ shared: checkpoint, round });
    }
    return { warm, checkpoint };
  };

  test('examples are kept apart, of the raw ones, and at least one is trained on', async () => {
    const { summary } = await open(watched);
    assert.deepEqual([summary.examples, summary.validation], [36, 12]);
    const single = await open(watched, { examples: await reviews(0, 1), labels: ['bad', 'good'] });
    assert.deepEqual([single.summary.examples, single.summary.validation], [1, 0]);
    assert.equal((await single.trainRound({ shared, round: 1 })).validation, null);
  });

  test('keeps personal steps that help', async () => {
    const learner = await open({ ...watched, personalRate: 2e-2 });
    const first = await learner.trainRound({ shared, round: 1 });
    // the head is zero and B too, so no personal step can change anything yet: neither success nor failure
    assert.deepEqual(first.validation, { loss: first.validation!.loss, takenBack: false, failures: 0 });
    assert.ok(Math.abs(first.validation!.loss - Math.LN2) < 1e-6);
    const second = await learner.trainRound({ shared: committed(shared, first.contribution), round: 2 });
    assert.equal(second.validation!.takenBack, false);
    assert.ok(second.validation!.loss < first.validation!.loss);
    assert.notDeepEqual(second.personal, first.personal);
  });

  test('takes steps back that do harm, and after patience of them leaves the personal part as it is', async () => {
    const { warm, checkpoint } = await warmedUp();
    const learner = await open(wild, { personal: warm.personal, optimizerState: warm.optimizerState });
    const second = await learner.trainRound({ shared: checkpoint, round: 2 });
    assert.deepEqual([second.validation!.takenBack, second.validation!.failures], [true, 1]);
    assert.deepEqual(second.personal, warm.personal);
    assert.notEqual(second.personalLoss, null);
    // a restart between the two does not forget the first failure
    const { personal, optimizerState } = second;
    const resumed = await open(wild, { personal, optimizerState });
    const third = await resumed.trainRound({ shared: checkpoint, round: 3 });
    assert.equal(third.validation!.failures, 2);
    const fourth = await resumed.trainRound({ shared: checkpoint, round: 4 });
    assert.deepEqual([fourth.validation, fourth.personalLoss, fourth.steps], [null, null, 4]);
    assert.deepEqual(fourth.personal, warm.personal);
    assert.notEqual(fourth.sharedLoss, null);
  });

  test('ends personal training alone before its steps are used up, with the best part', async () => {
    const { warm, checkpoint } = await warmedUp();
    const learner = await open(wild, { personal: warm.personal, optimizerState: warm.optimizerState });
    const { personal, steps, validation, loss } = await learner.personalise({
      shared: checkpoint,
      steps: 100,
    });
    assert.equal(steps, 2 * 5); // two stretches of a pass: 36 examples in batches of 8
    assert.deepEqual([validation!.takenBack, validation!.failures], [true, 2]);
    assert.notEqual(loss, null);
    assert.deepEqual(personal, warm.personal);
  });
});

describe('divergence', () => {
  test('names the tensor whose gradient is no number, and the step', async () => {
    const huge = new Map(
      [...shared].map(([name, tensor]) => {
        if (!name.startsWith('head/')) return [name, tensor];
        return [name, { ...tensor, data: tensor.data.map((_, i) => (i % 2 === 0 ? 3e38 : -3e38)) }];
      }),
    ) as TensorMap;
    const learner = await open({});
    await assert.rejects(learner.trainRound({ shared: huge, round: 2 }), {
      code: 'not-finite',
      message:
        /diverged in round 2, personal step 1: (the loss|the gradient of \S+) is not a finite number; .*kept/,
    });
  });

  test('is told of an evaluation too', async () => {
    const broken = new Map(
      [...shared].map(([name, tensor]) => [name, { ...tensor, data: tensor.data.map(() => Number.NaN) }]),
    );
    const learner = await open({}, { heldOut: await reviews(0, 4) });
    await assert.rejects(learner.evaluate({ shared: broken }), { code: 'not-finite', message: /diverged/ });
  });

  test('keeps what was learnt before: personal training ends with its last good state', async () => {
    const own = {
      personalRate: 10,
      headRate: 10,
      optimizer: 'sgd',
      personalSteps: 1,
      sharedSteps: 1,
    } as const;
    const settings = await recipe({
      task: { kind: 'classification', labels: ['bad', 'good'], head: 'personal' },
      adapter: { targets: [] },
      training: own,
    });
    const learner = await openLearner(resources, {
      baseModel: folder,
      settings: { ...settings, task: { ...settings.task, headScale: 1e30 } as typeof settings.task }, // no group may have it
      examples: await reviews(0, 16),
      seed: 1,
    });
    const result = await learner.personalise({ shared: new Map(), steps: 50 });
    assert.ok(result.steps >= 1 && result.steps < 50, `${result.steps}`);
    assert.match(result.diverged!, /diverged in personal training, personal step \d+: /);
    assert.ok([...result.personal.values()].every(({ data }) => data.every(Number.isFinite)));
  });
});

test('a run with every habit is the same bytes a second time, and when resumed after each round', async () => {
  const settings = await recipe({
    rounds: { count: 3 },
    training: {
      ...{
        personalSteps: 3,
        sharedSteps: 3,
        batchSize: 4,
        accumulate: 2,
        optimizer: 'adamw',
        weightDecay: 0.01,
      },
      ...{
        schedule: 'cosine',
        warmup: 0.2,
        maxGradientNorm: 0.5,
        validation: 0.2,
        patience: 2,
        personalRate: 0.05,
      },
    },
  });
  const examples = await reviews(0, 30);
  const run = async (resume: boolean) => {
    const trainer = await startTrainer({ engine: 'onnx', device: 'cpu', threads: 2 });
    try {
      const options = { baseModel: folder, settings, examples, seed: 7 };
      let learner = await trainer.openLearner(options);
      let checkpoint: TensorMap = shared;
      const bytes: string[] = [];
      for (let round = 1; round <= 3; round += 1) {
        const { contribution, personal, optimizerState } = await learner.trainRound({
          shared: checkpoint,
          round,
        });
        for (const part of [contribution, personal, optimizerState]) {
          bytes.push(Buffer.from(encode(part)).toString('base64'));
        }
        checkpoint = committed(checkpoint, contribution);
        if (resume) learner = await trainer.openLearner({ ...options, personal, optimizerState });
      }
      return bytes;
    } finally {
      await trainer.close();
    }
  };
  const first = await run(false);
  assert.deepEqual(await run(false), first);
  assert.deepEqual(await run(true), first);
});

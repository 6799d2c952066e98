// The worker's border: results, errors and tensors come across, the main loop stays free, closing ends everything.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { after, before, describe, test } from 'node:test';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { TensorMap } from '@colora/tensors/tensor';
import { onnxEngine } from './engines/onnx-engine.ts';
import { initialShared } from './learning/initial-checkpoint.ts';
import { openLearner } from './learning/learner.ts';
import { quietResources, recipe, reviews, useLiteFolder } from './testing/testing-models.ts';
import { startTrainer, type Trainer } from './trainer.ts';

describe('a trainer on the processor', () => {
  let trainer: Trainer;
  let folder: string;
  let settings: TaskSettings;
  let shared: TensorMap;
  before(async () => {
    trainer = await startTrainer({ engine: 'onnx', device: 'cpu', threads: 1 });
    folder = await useLiteFolder();
    settings = await recipe();
    shared = await initialShared(folder, settings, 0);
  });
  after(() => trainer.close());

  test('says what it runs on', () => {
    assert.equal(trainer.engine, 'onnx');
    assert.equal(trainer.device, 'cpu');
    assert.match(trainer.why, /onnxruntime on the processor, 1 thread$/);
  });

  test('gives the bits that the same learner gives in this thread, and takes them back', async () => {
    const options = {
      baseModel: folder,
      settings,
      examples: await reviews(0, 20),
      heldOut: await reviews(20, 30),
      seed: 4,
    };
    const engine = onnxEngine({ device: 'cpu', threads: 1 });
    const here = await openLearner(quietResources(engine), options);
    const there = await trainer.openLearner(options);
    assert.deepEqual(there.summary, here.summary);
    const result = await there.trainRound({ shared, round: 1 });
    assert.deepEqual(result, await here.trainRound({ shared, round: 1 }));
    const { personal, optimizerState } = result;
    const resumed = await trainer.openLearner({ ...options, personal, optimizerState });
    assert.deepEqual(
      await resumed.trainRound({ shared, round: 2 }),
      await here.trainRound({ shared, round: 2 }),
    );
    assert.deepEqual(await there.evaluate({ shared }), await here.evaluate({ shared }));
    assert.deepEqual(
      await there.predict({ shared, texts: ['fine'] }),
      await here.predict({ shared, texts: ['fine'] }),
    );
    assert.deepEqual(
      await resumed.personalise({ shared, steps: 1 }),
      await here.personalise({ shared, steps: 1 }),
    );
    await engine.dispose();
  });

  test('leaves the caller its tensors', async () => {
    const learner = await trainer.openLearner({
      baseModel: folder,
      settings,
      examples: await reviews(0, 8),
      seed: 1,
    });
    const { personal } = await learner.trainRound({ shared, round: 1 });
    assert.ok([...shared.values()].every(({ data }) => data.length > 0));
    await trainer.openLearner({
      baseModel: folder,
      settings,
      examples: await reviews(0, 8),
      seed: 1,
      personal,
    });
    assert.ok([...personal.values()].every(({ data }) => data.length > 0));
  });

  test('brings errors across with their class, code and message', async () => {
    const examples = await reviews(0, 8);
    await assert.rejects(trainer.openLearner({ baseModel: '/nowhere', settings, examples, seed: 1 }), {
      name: 'ModelError',
      code: 'missing-file',
    });
    await assert.rejects(trainer.openLearner({ baseModel: folder, settings, examples: [], seed: 1 }), {
      name: 'TrainingError',
      code: 'no-examples',
    });
    const wrong = { ...settings, adapter: { ...settings.adapter, targets: ['q_prj'] } };
    await assert.rejects(trainer.openLearner({ baseModel: folder, settings: wrong, examples, seed: 1 }), {
      name: 'AdapterError',
      message: /q_prj/,
    });
    const learner = await trainer.openLearner({ baseModel: folder, settings, examples, seed: 1 });
    await assert.rejects(learner.trainRound({ shared: new Map(), round: 1 }), { code: 'bad-tensors' });
    await learner.close();
    await assert.rejects(learner.evaluate({ shared }), { code: 'closed' });
  });

  test('the main loop stays free during steps of about a second', async () => {
    const heavy = await recipe({
      task: { kind: 'classification', labels: ['bad', 'good'], maxTokens: 128 },
      adapter: { targets: ['all-linear'] },
      training: { batchSize: 32, personalSteps: 1, sharedSteps: 1 },
    });
    const long = (await reviews(0, 8)).map(({ text, label }) => ({ text: `${text} `.repeat(12), label }));
    const learner = await trainer.openLearner({
      baseModel: folder,
      settings: heavy,
      examples: long,
      seed: 1,
    });
    const checkpoint = await initialShared(folder, heavy, 0);
    await learner.trainRound({ shared: checkpoint, round: 1 }); // compiles
    // best of a few: on a busy machine the system itself may keep this thread waiting
    const gaps: number[] = [];
    for (let round = 2; round <= 5 && !gaps.some((gap) => gap < 100); round += 1) {
      const delay = monitorEventLoopDelay({ resolution: 5 });
      const start = performance.now();
      delay.enable();
      await learner.trainRound({ shared: checkpoint, round });
      delay.disable();
      gaps.push(delay.max / 1e6);
      const step = (performance.now() - start) / 2;
      assert.ok(step > 300, `a step of ${step} ms is too short to tell`);
    }
    assert.ok(Math.min(...gaps) < 100, `the loop stood still for ${gaps.join(', ')} ms`);
  });
});

test('after closing, calls are refused and the process is free to end', async () => {
  const trainer = await startTrainer({ engine: 'onnx', device: 'cpu', threads: 1 });
  const folder = await mkdtemp(join(tmpdir(), 'colora-none-'));
  await trainer.close();
  await trainer.close();
  await assert.rejects(
    trainer.openLearner({ baseModel: folder, settings: await recipe(), examples: [], seed: 1 }),
    { code: 'closed' },
  );
  await rm(folder, { recursive: true });
});

test('closing abandons a round under way', async () => {
  const trainer = await startTrainer({ engine: 'onnx', device: 'cpu', threads: 1 });
  const folder = await useLiteFolder();
  const settings = await recipe({ training: { personalSteps: 10_000 } });
  const learner = await trainer.openLearner({
    baseModel: folder,
    settings,
    examples: await reviews(0, 16),
    seed: 1,
  });
  const shared = await initialShared(folder, settings, 0);
  const round = assert.rejects(learner.trainRound({ shared, round: 1 }), { code: 'closed' });
  await new Promise((resolve) => setTimeout(resolve, 300));
  await trainer.close();
  await round;
});

test('the tfjs engine is there for the asking', async () => {
  const trainer = await startTrainer({ engine: 'tfjs' });
  assert.equal(trainer.engine, 'tfjs');
  assert.match(trainer.why, /^tfjs on /);
  await trainer.close();
});

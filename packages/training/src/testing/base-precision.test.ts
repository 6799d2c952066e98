// Base models in fewer bits: how far loss and gradients are from float32's, that 4 bits' gradient is that of its own
// loss, and what remains of the accuracy in the end. Figures are in docs/tradeoffs.md.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { openBaseModel } from '@colora/models/base-model';
import type { BasePrecision } from '@colora/models/base-precision';
import { inBinary16 } from '@colora/models/half-weights';
import { withPrecision } from '@colora/models/quantised-base';
import { fixturesFolder, type ReferenceName, readReference } from '@colora/models/testing-references';
import { byteForm } from '@colora/models/weights/byte-form';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import { cloneTensors } from '@colora/tensors/arithmetic';
import type { TensorMap } from '@colora/tensors/tensor';
import type { Engine } from '../engines/engine.ts';
import { type EngineSettings, engineDefaults } from '../engines/engine-settings.ts';
import { onnxEngine } from '../engines/onnx-engine.ts';
import { wrapEngine } from '../engines/wrappers/wrap-engine.ts';
import { initialShared } from '../learning/initial-checkpoint.ts';
import { openLearner } from '../learning/learner.ts';
import { modelParts } from '../programs/model-parts.ts';
import { gradientsOf, parameterInputs } from '../programs/parameter-inputs.ts';
import { trainingProgram } from '../programs/programs.ts';
import { type OnMatrix, shareResources, tellingMatrices } from '../programs/shared-resources.ts';
import { settingsForPrecision } from '../worker/precision-settings.ts';
import { recipe, relativeDifference, reviews, useLiteFolder } from './testing-models.ts';

const cache = await mkdtemp(join(tmpdir(), 'colora-precision-'));
const engine = onnxEngine({ device: 'cpu', threads: 2 });
after(async () => {
  await engine.dispose();
  await rm(cache, { recursive: true });
});

/** Loss and gradients of the shared part of a fixture's step, from a base at the precision. */
async function makeStep(
  precision: BasePrecision,
  form = byteForm(),
  name: ReferenceName = 'tiny-mistral',
  half?: 'F16',
) {
  const reference = await readReference(name, 'core');
  const kept = await withPrecision(reference.model, precision, cache, { form });
  const base = half === undefined ? kept : await inBinary16(kept, cache);
  const settings = await recipe(
    { task: { kind: 'causal-lm' }, adapter: reference.settings as TaskSettingsInput['adapter'] },
    join(fixturesFolder, name),
  );
  const parts = modelParts(base, settings, []);
  const { size, length, ids, mask } = reference.batch;
  const shape = { size, tokens: length, targets: 2 };
  const rows = Int32Array.from({ length: size * 2 }, (_, i) => Math.floor(i / 2) * length + (i % 2));
  const inputs = {
    ids,
    mask,
    rows,
    targets: rows.map((row) => ids[row + 1]!),
    weights: new Float32Array(rows.length).fill(1 / rows.length),
  };
  const compiled = await engine.compile(trainingProgram(parts, 'shared', shape));
  return async (trained: TensorMap = reference.trained) => {
    const outputs = await compiled.run({ ...inputs, ...parameterInputs(parts, trained) });
    return { loss: outputs.loss!.data[0]!, gradients: gradientsOf(parts, 'shared', outputs), trained };
  };
}

const resourcesIn = (own: Engine, basePrecision: BasePrecision) =>
  shareResources(own, () => undefined, { ...engineDefaults, basePrecision, cacheFolder: cache });

function errorOf(actual: TensorMap, expected: TensorMap): number {
  const flat = (map: TensorMap) => [...map.values()].flatMap(({ data }) => [...data]);
  return relativeDifference(flat(actual), flat(expected));
}

describe('loss and gradient against float32, a random toy mistral', () => {
  for (const [precision, lossBound, gradientBound, form = byteForm()] of [
    ['8bit', 0.02, 0.15],
    ['8bit', 0.02, 0.15, 'unsigned'], // right on every processor
    ['4bit', 0.25, 0.7],
  ] as const) {
    test(`${precision} (${form}): loss within ${100 * lossBound} %, gradient within ${100 * gradientBound} %`, async () => {
      const exact = await (await makeStep('32bit'))();
      const fewer = await (await makeStep(precision, form))();
      const lossError = Math.abs(fewer.loss / exact.loss - 1);
      const gradientError = errorOf(fewer.gradients, exact.gradients);
      assert.ok(lossError < lossBound, `loss ${lossError}`);
      assert.ok(gradientError < gradientBound, `gradient ${gradientError}`);
    });
  }

  test('16bit: the weights of a float32 model are rounded to bf16', async () => {
    const exact = await openBaseModel(join(fixturesFolder, 'tiny-bert'));
    const half = await withPrecision(exact, '16bit', cache);
    const linear = half.weights.find(({ name }) => name === 'encoder.layer.0.output.dense.weight');
    const norm = half.weights.find(({ name }) => name === 'embeddings.LayerNorm.weight');
    assert.deepEqual([linear?.dtype, norm?.dtype], ['BF16', 'F32']);
  });

  test('16bit: the same with weights in binary16', async () => {
    const bfloat = await (await makeStep('16bit', byteForm(), 'tiny-qwen2'))();
    const binary = await (await makeStep('16bit', byteForm(), 'tiny-qwen2', 'F16'))();
    assert.ok(Math.abs(binary.loss / bfloat.loss - 1) < 1e-6);
    assert.ok(errorOf(binary.gradients, bfloat.gradients) < 1e-5);
  });

  test('16bit: a device that reads binary16 alone gets such weights', async () => {
    const tiny = join(fixturesFolder, 'tiny-bert');
    const dtypes = async (own: Engine) => {
      const { weights } = await resourcesIn(own, '16bit').base(tiny);
      return [...new Set(weights.map(({ dtype }) => dtype))].sort();
    };
    assert.deepEqual(await dtypes(engine), ['BF16', 'F32']);
    assert.deepEqual(await dtypes(wrapEngine(engine, { half: 'F16' })), ['F16', 'F32']);
  });

  test('where they cannot be written it gets the others, and that is said', async () => {
    const cacheFolder = join(cache, 'a file');
    await writeFile(cacheFolder, '');
    const said: string[] = [];
    const reading = wrapEngine(engine, { half: 'F16' });
    const resources = shareResources(reading, (line) => said.push(line), { ...engineDefaults, cacheFolder });
    const { weights } = await resources.base(join(fixturesFolder, 'tiny-gemma3-text'));
    assert.deepEqual([...new Set(weights.map(({ dtype }) => dtype))], ['BF16']);
    assert.match(said.join('\n'), /^cpu gets the base model as floats in each step, which is slow: .*a file/);
  });

  test('4bit: the gradient is that of the loss with the same four bits, by central differences', async () => {
    const step = await makeStep('4bit');
    const start = await step();
    // Along the gradient the difference is far above the rounding of activations to int8.
    const moved = (distance: number): TensorMap => {
      const tensors = new Map(cloneTensors(start.trained));
      for (const [name, { data }] of start.gradients) {
        const own = tensors.get(name)!.data;
        data.forEach((slope, i) => {
          own[i]! += distance * slope;
        });
      }
      return tensors;
    };
    const square = [...start.gradients.values()].reduce(
      (sum, { data }) => sum + data.reduce((total, slope) => total + slope * slope, 0),
      0,
    );
    const distance = 0.02 / Math.sqrt(square);
    const slope = ((await step(moved(distance))).loss - (await step(moved(-distance))).loss) / (2 * distance);
    assert.ok(Math.abs(slope / square - 1) < 0.1, `differences give ${slope}, the gradient ${square}`);
  });
});

test('8bit: what is kept of an example is the same whatever examples it first came with', async () => {
  const folder = join(fixturesFolder, 'tiny-mistral');
  const base = await withPrecision(await openBaseModel(folder), '8bit', cache);
  const change = {
    task: { kind: 'causal-lm' as const },
    adapter: { layout: 'global' as const, targets: ['model.layers.1.mlp.down_proj'] },
  };
  const parts = modelParts(base, await recipe(change, folder), []);
  const [size, tokens] = [2, 2]; // so few that not every batch has rows whose largest number is negative
  const program = trainingProgram(parts, 'shared', { size, tokens, targets: 1 });
  const trained = await initialShared(folder, parts.settings, 0);
  const idsOf = (example: number) =>
    Array.from({ length: tokens }, (_, place) => (7 + 31 * example + place ** 2 * (example + 1)) % 60);
  /** Losses of the batches, one after the other. */
  const losses = async (batches: readonly (readonly [number, number])[]) => {
    const own = onnxEngine({ device: 'cpu', threads: 1 });
    const { run } = await own.compile(program);
    const found: number[] = [];
    for (const batch of batches) {
      const inputs = {
        ...{ ids: Int32Array.from(batch.flatMap(idsOf)), mask: new Float32Array(size * tokens).fill(1) },
        ...{ rows: Int32Array.of(tokens - 2, 2 * tokens - 2), weights: new Float32Array(size).fill(0.5) },
        targets: Int32Array.from(batch, (example) => idsOf(example)[tokens - 1]!),
      };
      const outputs = await run({ ...inputs, ...parameterInputs(parts, trained) }, batch.map(String));
      found.push(outputs.loss!.data[0]!);
    }
    assert.ok(own.kept.bytes > 0);
    await own.dispose();
    return found;
  };
  const first = await losses([
    [0, 1],
    [2, 3],
    [0, 2],
  ]);
  const other = await losses([
    [3, 0],
    [1, 2],
    [0, 2],
  ]);
  assert.equal(first[2], other[2]);
});

test('people learn the same with a base in fewer bits: accuracy within 4 points of float32', async () => {
  const folder = await useLiteFolder();
  // Steps so small that where they end depends on the values and not on their last bits: at the recipe's own, two
  // processors end up to eight points apart in any precision.
  const training = { personalSteps: 4, sharedSteps: 4, personalRate: 5e-3, sharedRate: 3e-3 };
  const settings = await recipe({ training });
  const examples = await reviews(0, 128);
  const heldOut = await reviews(300, 700);
  const accuracy = async (precision: BasePrecision) => {
    const own = onnxEngine({ device: 'cpu', threads: 2 });
    const resources = resourcesIn(own, precision);
    const learner = await openLearner(resources, { baseModel: folder, settings, examples, heldOut, seed: 1 });
    let shared = await initialShared(folder, settings, 0);
    for (let round = 1; round <= 8; round += 1) {
      const { contribution } = await learner.trainRound({ shared, round });
      shared = new Map(
        [...shared].map(([name, { shape, data }]) => {
          const update = contribution.get(name)?.data;
          return [name, { shape, data: data.map((value, i) => value - (update?.[i] ?? 0)) }];
        }),
      );
    }
    const figures = await learner.evaluate({ shared });
    await own.dispose();
    return figures.accuracy;
  };
  const exact = await accuracy('32bit');
  assert.ok(exact > 0.65, `float32 itself: ${exact}`);
  for (const precision of ['16bit', '8bit', '4bit'] as const) {
    const reached = await accuracy(precision);
    assert.ok(Math.abs(reached - exact) < 0.04, `${precision}: ${reached}, float32 ${exact}`);
  }
});

test('threads write the same file as one does, tell how far they are, and end where they are told to', async () => {
  const base = await openBaseModel(await useLiteFolder());
  const bytesIn = async (threads: number, precision: BasePrecision, onMatrix?: (done: number) => void) => {
    const folder = join(cache, `${threads} threads`);
    const { weightsFolder } = await withPrecision(base, precision, folder, {
      threads,
      ...(onMatrix === undefined ? {} : { onMatrix }),
    });
    return readFile(join(weightsFolder, 'model.safetensors'));
  };
  for (const precision of ['8bit', '4bit', '16bit'] as const) {
    const told: number[] = [];
    const made = await bytesIn(2, precision, (done) => told.push(done));
    assert.deepEqual(told, [...told.keys()]);
    assert.equal(told.length, base.linears.length + 1);
    assert.ok(made.equals(await bytesIn(1, precision)), precision);
  }
  const stopped = withPrecision(base, '8bit', join(cache, 'stopped'), {
    threads: 2,
    onMatrix(done) {
      if (done === 3) throw new Error('enough');
    },
  });
  await assert.rejects(stopped, /enough/);
  const [folder] = await readdir(join(cache, 'stopped', 'precision'));
  assert.deepEqual(await readdir(join(cache, 'stopped', 'precision', folder!)), []);
});

test('a learner for whom the base model is written tells each matrix, and the next one none', async () => {
  const folder = join(fixturesFolder, 'tiny-bert');
  const settings: EngineSettings = {
    ...engineDefaults,
    basePrecision: '8bit',
    cacheFolder: join(cache, 'told'),
  };
  const opened = async () => {
    const told: string[] = [];
    const resources = shareResources(engine, () => undefined, settings);
    const onMatrix: OnMatrix = (done, of, precision) => told.push(`${done}/${of} ${precision}`);
    await openLearner(tellingMatrices(resources, { onMatrix }), {
      baseModel: folder,
      settings: await recipe({ adapter: { targets: ['query'] } }, folder),
      examples: [],
      labels: ['a', 'b'],
      seed: 1,
    });
    return told;
  };
  const { linears } = await openBaseModel(folder);
  const all = Array.from({ length: linears.length + 1 }, (_, i) => `${i}/${linears.length} 8bit`);
  assert.deepEqual(await opened(), all);
  assert.deepEqual(await opened(), []);
});

test('written once, however many ask; 16-bit weights stay as they are', async () => {
  const base = await openBaseModel(join(fixturesFolder, 'tiny-bert'));
  const folder = join(cache, 'together');
  const made = await Promise.all([1, 2, 3].map(() => withPrecision(base, '8bit', folder)));
  assert.equal(new Set(made.map(({ weightsFolder }) => weightsFolder)).size, 1);
  assert.deepEqual(await readdir(made[0]!.weightsFolder), ['model.safetensors']);
  assert.equal(made[0]!.fingerprint, base.fingerprint);
  const half = await openBaseModel(join(fixturesFolder, 'tiny-qwen2'));
  if (half.weights.every(({ dtype }) => dtype !== 'F32')) {
    assert.equal(await withPrecision(half, '16bit', folder), half);
  }
});

describe('what cannot be is said', () => {
  const settings: EngineSettings = { ...engineDefaults, basePrecision: '8bit' };

  test('8 bits choose the processor, and refuse another device or engine', () => {
    assert.deepEqual(settingsForPrecision(settings), { ...settings, engine: 'onnx', device: 'cpu' });
    assert.throws(
      () => settingsForPrecision({ ...settings, device: 'webgpu' }),
      /8bit .*not with the device webgpu/,
    );
    assert.throws(() => settingsForPrecision({ ...settings, engine: 'tfjs' }), /not with the tfjs engine/);
  });

  test('fewer bits need a folder to keep them in', async () => {
    const resources = shareResources(engine, () => undefined, settings);
    await assert.rejects(resources.base(join(fixturesFolder, 'tiny-bert')), /8bit needs a cacheFolder/);
  });
});

test('the base alone is evaluated too: with nothing to train there is no step whose memory could be told', async () => {
  const folder = join(fixturesFolder, 'tiny-mistral');
  const settings = await recipe(
    {
      task: { kind: 'causal-lm' },
      adapter: { layout: 'alone', targets: [] },
      training: { personalSteps: 0, sharedSteps: 0 },
    },
    folder,
  );
  const own = onnxEngine({ device: 'cpu', threads: 2 });
  const examples = [{ prompt: 'Once', completion: ' upon' }];
  const resources = resourcesIn(own, '8bit');
  const learner = await openLearner(resources, {
    baseModel: folder,
    settings,
    examples,
    heldOut: examples,
    seed: 1,
  });
  const { loss } = await learner.evaluate({ shared: new Map() });
  assert.ok(loss! > 0 && Number.isFinite(loss));
  await own.dispose();
});

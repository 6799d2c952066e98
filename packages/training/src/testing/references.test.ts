// The programs, run by both engines, against what PyTorch and transformers compute in float64: loss and the gradient of every
// adapter tensor, for every family, whole and as large models are run. COLORA_TEST_DEVICES (webgpu,cuda) names graphics devices to be held
// to it too.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { attentionBlocks } from '@colora/models/blocks/causal-attention';
import { decoderNames, encoderNames, type Reference, readReference } from '@colora/models/testing-references';
import type { TensorMap } from '@colora/tensors/tensor';
import type { OnnxDevice } from '../engines/device-names.ts';
import type { Engine, Inputs } from '../engines/engine.ts';
import { lean, onnxEngine } from '../engines/onnx-engine.ts';
import { tfjsEngine } from '../engines/tfjs-engine.ts';
import { vocabularyParts } from '../losses/vocabulary-loss.ts';
import { type ModelParts, modelParts } from '../programs/model-parts.ts';
import { gradientsOf, parameterInputs } from '../programs/parameter-inputs.ts';
import { type PhaseName, trainingProgram } from '../programs/programs.ts';
import type { BatchShape } from '../tasks/encoded-example.ts';
import { taskProgramOf } from '../tasks/task-programs.ts';
import { recipe, relativeDifference } from './testing-models.ts';

/** Relative; of a graphics device all is held to one. */
const tolerance = { loss: 1e-6, gradient: 2e-5, onDevice: 1e-4 };
const onDevice = 'onnx on ';
const engines: Record<string, Promise<Engine>> = {
  onnx: Promise.resolve(onnxEngine({ device: 'cpu', threads: 1 })),
  'onnx with recomputation': Promise.resolve(onnxEngine({ device: 'cpu', threads: 1, recompute: true })),
  'tfjs cpu': tfjsEngine(() => undefined, ['cpu']),
};
for (const device of process.env.COLORA_TEST_DEVICES?.split(',') ?? [])
  engines[onDevice + device] = Promise.resolve(onnxEngine({ device: device as OnnxDevice, threads: 1 }));

async function partsOf(reference: Reference): Promise<ModelParts> {
  const { headScale, classes } = reference;
  const labels = classes.length > 0 ? reference.labels : [];
  const task =
    labels.length > 0 ? { kind: 'classification', labels: [...labels], headScale } : { kind: 'causal-lm' };
  const settings = await recipe(
    { task: task as never, adapter: { ...reference.settings, targets: [...reference.settings.targets] } },
    reference.model.folder,
  );
  return modelParts(reference.model, settings, labels);
}

function rowsOf({ batch, classes }: Reference) {
  return Array.from({ length: batch.size }, (_, row) => {
    const ids = [...batch.ids.subarray(row * batch.length, (row + 1) * batch.length)];
    const length = ids.filter((_, i) => batch.mask[row * batch.length + i] === 1).length;
    return {
      key: `${row}`,
      ids: ids.slice(0, length),
      padTo: batch.length,
      label: classes[row] ?? -1,
      targets: { positions: [...ids.keys()].slice(0, length - 1), values: ids.slice(1, length) },
      truncated: false,
    };
  });
}

function shapeOf({ batch, classes }: Reference): BatchShape {
  return { size: batch.size, tokens: batch.length, targets: classes.length > 0 ? 0 : batch.length };
}

function inputsOf(reference: Reference, parts: ModelParts): Inputs {
  const { ids, mask } = reference.batch;
  const shape = { ...shapeOf(reference), mean: true };
  const program = taskProgramOf(parts.settings.task);
  const targets = program.targets(rowsOf(reference), shape, parts.labels.length);
  return { ids, mask, ...targets, ...parameterInputs(parts, reference.trained) };
}

async function step(engine: Engine, parts: ModelParts, phase: PhaseName, reference: Reference) {
  const shape = shapeOf(reference);
  const compiled = await engine.compile(trainingProgram(parts, phase, shape));
  const keys = rowsOf(reference).map(({ key }) => key);
  await compiled.run(inputsOf(reference, parts), keys); // the second run takes the kept prefix
  const outputs = await compiled.run(inputsOf(reference, parts), keys);
  return { loss: outputs.loss!.data[0]!, gradients: gradientsOf(parts, phase, outputs) };
}

function assertGradients(engine: string, actual: TensorMap, expected: TensorMap) {
  const allowed = engine.startsWith(onDevice) ? tolerance.onDevice : tolerance.gradient;
  assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort());
  for (const [name, { data }] of expected) {
    const error = relativeDifference(actual.get(name)!.data, data);
    assert.ok(error <= allowed, `${name}: relative error ${error}`);
  }
}

function assertLoss(engine: string, loss: number, expected: number) {
  const allowed = engine.startsWith(onDevice) ? tolerance.onDevice : tolerance.loss;
  const error = Math.abs(loss - expected) / expected;
  assert.ok(error <= allowed, `loss ${loss}: relative error ${error}`);
}

/** Compiled anew, though the same is there whole. */
const withOwnKey = (parts: ModelParts): ModelParts => ({
  ...parts,
  base: { ...parts.base, fingerprint: `${parts.base.fingerprint} as a large one` },
});

/**
 * As large models are run, where fixtures are too small for it: attention by blocks of five queries, the vocabulary in parts of
 * twenty tokens, weights as they lie and the rows that are chosen of them read apart.
 */
async function asLarge(run: () => Promise<void>): Promise<void> {
  const usual = { attention: { ...attentionBlocks }, vocabulary: { ...vocabularyParts }, lean: { ...lean } };
  Object.assign(attentionBlocks, { kept: 0, block: 1, fewestQueries: 5 });
  Object.assign(vocabularyParts, { scores: 1, fewestTokens: 20 });
  lean.beyond = 0;
  try {
    await run();
  } finally {
    Object.assign(attentionBlocks, usual.attention);
    Object.assign(vocabularyParts, usual.vocabulary);
    Object.assign(lean, usual.lean);
  }
}

for (const [name, starting] of Object.entries(engines)) {
  describe(name, () => {
    after(async () => (await starting).dispose());
    for (const model of [...decoderNames, ...encoderNames]) {
      for (const layout of ['core', 'dual'] as const) {
        test(`${model} with layout ${layout}: loss and gradients of both phases, and of the joint one`, async () => {
          const reference = await readReference(model, layout);
          const parts = await partsOf(reference);
          const personal = await step(await starting, parts, 'personal', reference);
          const shared = await step(await starting, parts, 'shared', reference);
          const joint = await step(await starting, parts, 'joint', reference);
          for (const { loss } of [personal, shared, joint]) assertLoss(name, loss, reference.loss);
          assertGradients(name, new Map([...personal.gradients, ...shared.gradients]), reference.gradients);
          assertGradients(name, joint.gradients, reference.gradients);
        });
      }
    }
    for (const model of decoderNames) {
      test(`${model} as large ones are run: loss and gradients`, () =>
        asLarge(async () => {
          const reference = await readReference(model, 'core');
          const parts = await partsOf(reference);
          const { loss, gradients } = await step(await starting, withOwnKey(parts), 'joint', reference);
          assertLoss(name, loss, reference.loss);
          assertGradients(name, gradients, reference.gradients);
        }));
    }
  });
}

// An adapter trained elsewhere, right after it was imported: in every layout that can hold it the compiled model gives
// the logits that the adapter gives by itself.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { chooseTargets } from '@colora/adapters/adapter-tensors';
import { adopt } from '@colora/adapters/adopt';
import { fold } from '@colora/adapters/fold';
import { initialise } from '@colora/adapters/initialise';
import type { AdapterSettings } from '@colora/adapters/layouts';
import { exportPeft, importPeft } from '@colora/adapters/peft/peft';
import { makeApplyLinear } from '@colora/models/blocks/adapted-linear';
import { readReference, realRows, relativeError } from '@colora/models/testing-references';
import type { TensorMap } from '@colora/tensors/tensor';
import type * as tf from '@tensorflow/tfjs-core';
import type { Program } from '../engines/engine.ts';
import { onnxEngine } from '../engines/onnx-engine.ts';

const engine = onnxEngine({ device: 'cpu', threads: 1 });
after(() => engine.dispose());

const reference = await readReference('stories260k', 'dual');
const { model, batch } = reference;
const modules = chooseTargets(model.linears, reference.settings.targets);

async function logits(settings: AdapterSettings, tensors: TensorMap): Promise<Float32Array> {
  const shape = [batch.size, batch.length];
  const program: Program = {
    key: JSON.stringify(settings),
    base: model,
    inputs: [
      { name: 'ids', shape, dtype: 'int32' },
      { name: 'mask', shape, dtype: 'float32' },
      ...[...tensors].map(([name, tensor]) => ({ name, shape: tensor.shape, dtype: 'float32' as const })),
    ],
    varying: new Set(tensors.keys()),
    batch: batch.size,
    build: (inputs, weights) => {
      const linear = makeApplyLinear(weights, settings, modules, inputs);
      const texts = { ids: inputs.ids as tf.Tensor2D, mask: inputs.mask as tf.Tensor2D };
      return { logits: model.family.decoder!.logits(model.config, weights, linear, texts) };
    },
  };
  const compiled = await engine.compile(program);
  const values = Object.fromEntries([...tensors].map(([name, { data }]) => [name, data]));
  const outputs = await compiled.run({ ids: batch.ids, mask: batch.mask, ...values });
  return realRows(outputs.logits!.data, batch);
}

const { files } = exportPeft({
  folded: fold(reference.settings, modules, reference.trained),
  baseModel: 'stories260k',
  modelType: 'llama',
  taskType: 'CAUSAL_LM',
});
const { folded } = importPeft(files, model.linears);
const expected = reference.outputs.get('logits')!.data; // torch's

for (const [layout, owner] of [
  ['core', 'shared'],
  ['global', 'shared'],
  ['dual', 'shared'],
  ['dual', 'personal'],
  ['alone', 'personal'],
] as const) {
  test(`${layout}, ${owner} part`, async () => {
    const settings: AdapterSettings = { layout, rank: 9, alpha: 3, targets: reference.settings.targets };
    const own = adopt(settings, modules, owner, folded, 0);
    const other = initialise(settings, modules, owner === 'shared' ? 'personal' : 'shared', 0);
    const error = relativeError(await logits(settings, new Map([...own, ...other])), expected);
    assert.ok(error < 1e-4, `relative error ${error}`);
    const without = await logits(settings, new Map([...initialise(settings, modules, owner, 0), ...other]));
    assert.ok(relativeError(without, expected) > 0.01, 'the adapter makes a difference');
  });
}

// A merged folder is a base model of its own: opened like any other, its plain logits are the adapted model's.
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { chooseTargets } from '@colora/adapters/adapter-tensors';
import { fold } from '@colora/adapters/fold';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { openBaseModel } from './base-model.ts';
import { type MergeRequest, writeMergedModel } from './merged-model.ts';
import { ModelError } from './model-error.ts';
import { plainLinear, toBatch, toTf } from './testing-eager.ts';
import {
  decoderNames,
  encoderNames,
  type Reference,
  readReference,
  readWeights,
  realRows,
  relativeError,
} from './testing-references.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-merged-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function merge(reference: Reference, change: Partial<MergeRequest> = {}): Promise<string[]> {
  const { model, settings, trained } = reference;
  const folded = fold(settings, chooseTargets(model.linears, settings.targets), trained);
  const target = join(folder, 'merged');
  return writeMergedModel({ base: model, folded, target, dtype: 'base', shardBytes: 1e9, ...change });
}

/** Relative error of the merged folder's plain outputs against torch's adapted ones. */
async function errorOf({ batch, outputs }: Reference, output: 'logits' | 'features'): Promise<number> {
  const merged = await openBaseModel(join(folder, 'merged'));
  const weights = toTf(await readWeights(merged));
  const plain = plainLinear(weights);
  const { family, config } = merged;
  const forward = output === 'logits' ? family.decoder!.logits : family.encoder!.features;
  const values = forward(config, weights, plain, toBatch(batch)).dataSync();
  const real = output === 'logits' ? realRows(values, batch) : values;
  return relativeError(real, outputs.get(output)!.data);
}

test('a dual adapter is added as a core one is, and all that belongs to a model comes along', async () => {
  const reference = await readReference('stories260k', 'dual');
  const files = await merge(reference);
  assert.deepEqual(files.sort(), (await readdir(join(folder, 'merged'))).sort());
  assert.deepEqual(files.sort(), [
    'config.json',
    'model.safetensors',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  const error = await errorOf(reference, 'logits');
  assert.ok(error < 1e-4, `logits: ${error}`);
});

for (const name of [...decoderNames, ...encoderNames]) {
  test(`${name}: a merged model gives the adapted model's outputs`, async () => {
    const reference = await readReference(name, 'core');
    await merge(reference, { dtype: 'f32' });
    const output = reference.outputs.has('logits') ? 'logits' : 'features';
    assert.ok((await errorOf(reference, output)) < 1e-4);
  });
}

test('above the limit the weights lie in shards with an index', async () => {
  const reference = await readReference('stories260k', 'core');
  const files = await merge(reference, { shardBytes: 400_000 });
  const shards = files.filter((name) => /^model-0000\d-of-00003\.safetensors$/.test(name));
  assert.equal(shards.length, 3);
  const index = JSON.parse(await readFile(join(folder, 'merged', 'model.safetensors.index.json'), 'utf8'));
  assert.deepEqual([...new Set(Object.values(index.weight_map))].sort(), shards);
  assert.ok((await errorOf(reference, 'logits')) < 1e-4);
});

test('a bf16 base stays bf16, and as f32 nothing is rounded', async () => {
  const reference = await readReference('stories260k', 'core');
  const half = join(folder, 'half');
  await cp(reference.model.folder, half, { recursive: true });
  await writeFile(
    join(half, 'model.safetensors'),
    encode(await readWeights(reference.model), { dtype: 'BF16' }),
  );
  const written = await readFile(join(half, 'config.json'), 'utf8');
  const original = written.replace(
    '"torch_dtype": "float32"',
    '"initializer_factor": 8.0, "torch_dtype": "bfloat16"',
  );
  await writeFile(join(half, 'config.json'), original);
  const base = await openBaseModel(half);
  await merge(reference, { base });
  const merged = await openBaseModel(join(folder, 'merged'));
  assert.ok(merged.weights.every(({ dtype }) => dtype === 'BF16'));
  const rounded = await errorOf(reference, 'logits');
  await rm(merged.folder, { recursive: true });
  await merge(reference, { base, dtype: 'f32' });
  const whole = await openBaseModel(join(folder, 'merged'));
  assert.ok(whole.weights.every(({ dtype }) => dtype === 'F32'));
  const config = await readFile(join(whole.folder, 'config.json'), 'utf8');
  assert.equal(config, original.replace('bfloat16', 'float32'));
  assert.ok((await errorOf(reference, 'logits')) < rounded, 'the delta is not rounded');
});

test('a folder with anything in it is refused and left as it is', async () => {
  const reference = await readReference('tiny-bert', 'core');
  const target = join(folder, 'mine');
  await cp(reference.model.folder, target, { recursive: true });
  const before = await readFile(join(target, 'model.safetensors'));
  await assert.rejects(
    merge(reference, { target, base: await openBaseModel(target) }),
    (error) => error instanceof ModelError && error.code === 'folder-not-empty',
  );
  assert.deepEqual(await readFile(join(target, 'model.safetensors')), before);
});

// Opening folders: what is found in good ones, and what is said about bad ones.
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type EncodeOptions, encode } from '@colora/tensors/safetensors/safetensors';
import { openSafetensors } from '@colora/tensors/safetensors/safetensors-file';
import type { Tensor } from '@colora/tensors/tensor';
import { openBaseModel } from './base-model.ts';
import { ModelError, type ModelErrorCode } from './model-error.ts';
import { fixturesFolder, readWeights } from './testing-references.ts';

const bert = `${fixturesFolder}tiny-bert`;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'base-model-'));
  await cp(bert, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

async function storedTensors(): Promise<Map<string, Tensor>> {
  const file = await openSafetensors(join(bert, 'model.safetensors'));
  const tensors = new Map<string, Tensor>();
  for (const { name } of file.header.tensors) tensors.set(name, await file.read(name));
  await file.close();
  return tensors;
}

async function storeWeights(tensors: Map<string, Tensor>, options?: EncodeOptions) {
  await writeFile(join(folder, 'model.safetensors'), encode(tensors, options));
}

async function changeConfig(change: Record<string, unknown>) {
  const path = join(folder, 'config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  await writeFile(path, JSON.stringify({ ...config, ...change }));
}

async function assertRefused(code: ModelErrorCode, pattern: RegExp) {
  await assert.rejects(openBaseModel(folder), (error) => {
    assert.ok(error instanceof ModelError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, pattern);
    return true;
  });
}

describe('good folders', () => {
  test('stories260k and tiny-bert are recognised, every weight with its place in the file', async () => {
    const llama = await openBaseModel(`${fixturesFolder}stories260k`);
    assert.equal(llama.modelType, 'llama');
    assert.equal(llama.linears.length, 5 * 7);
    assert.equal(llama.family.tokenLimit(llama.config), 512);
    const encoder = await openBaseModel(folder);
    assert.equal(encoder.linears.length, 2 * 6 + 1);
    assert.equal(encoder.family.vocabularySize(encoder.config), 64);
    const bytes = await readFile(join(folder, 'model.safetensors'));
    const bias = encoder.weights.find((weight) => weight.name === 'pooler.dense.bias')!;
    const values = Array.from({ length: 32 }, (_, i) => bytes.readFloatLE(bias.offset + 4 * i));
    assert.deepEqual(values, [...(await storedTensors()).get('pooler.dense.bias')!.data]);
    assert.equal(bias.length, 4 * 32);
  });

  test('names with a prefix or of early checkpoints, no pooler, half precision: the same weights', async () => {
    const tensors = await storedTensors();
    const renamed = [...tensors]
      .filter(([name]) => !name.startsWith('pooler'))
      .map(([name, tensor]): [string, Tensor] => {
        const early = name
          .replace('LayerNorm.weight', 'LayerNorm.gamma')
          .replace('LayerNorm.bias', 'LayerNorm.beta');
        return [`bert.${early}`, tensor];
      });
    await storeWeights(new Map(renamed), { dtype: 'F16' });
    const model = await openBaseModel(folder);
    assert.equal(model.linears.length, 2 * 6);
    assert.ok(model.weights.every((weight) => weight.dtype === 'F16'));
    const read = await readWeights(model);
    assert.deepEqual(
      [...read.keys()].filter((name) => !tensors.has(name)),
      [],
    );
    const gain = read.get('embeddings.LayerNorm.weight')!.data[0]!;
    assert.ok(Math.abs(gain - tensors.get('embeddings.LayerNorm.weight')!.data[0]!) < 1e-3);
  });

  for (const [name, prefix] of [
    ['tiny-gpt2', 'transformer.'],
    ['tiny-roberta', 'roberta.'],
    ['tiny-distilbert', 'distilbert.'],
    ['tiny-modernbert', 'model.'],
  ] as const) {
    test(`${name}: names with ${prefix} and without are the same weights`, async () => {
      const source = await openBaseModel(fixturesFolder + name);
      await cp(source.folder, folder, { recursive: true });
      const expected = await readWeights(source);
      for (const before of ['', prefix]) {
        const stored = source.weights.map(({ name, storedName }): [string, Tensor] => [
          before + storedName.replace(prefix, ''),
          expected.get(name)!,
        ]);
        await storeWeights(new Map(stored));
        assert.deepEqual(await readWeights(await openBaseModel(folder)), expected);
      }
    });
  }

  test('shards by their index', async () => {
    const tensors = [...(await storedTensors())];
    await rm(join(folder, 'model.safetensors'));
    const shard = (i: number) => `model-0000${i + 1}-of-00002.safetensors`;
    const map = Object.fromEntries(tensors.map(([name], i) => [name, shard(i % 2)]));
    for (const i of [0, 1]) {
      await writeFile(join(folder, shard(i)), encode(new Map(tensors.filter((_, j) => j % 2 === i))));
    }
    const index = join(folder, 'model.safetensors.index.json');
    await writeFile(index, JSON.stringify({ weight_map: map }));
    const model = await openBaseModel(folder);
    assert.deepEqual(await readWeights(model), await readWeights(await openBaseModel(bert)));
    await rm(join(folder, shard(1)));
    await assertRefused('missing-file', /lacks shards.*model-00002-of-00002/);
    await writeFile(index, JSON.stringify({ weight_map: { a: '../elsewhere.safetensors' } }));
    await assertRefused('bad-config', /shard file names/);
  });

  test('of a tensor in two shards the one that the index names; what it names and no shard holds is missing', async () => {
    const tensors = await storedTensors();
    const [stale, name] = ['pooler.dense.weight', 'pooler.dense.bias'];
    const expected = tensors.get(stale)!;
    await rm(join(folder, 'model.safetensors'));
    const [first, second] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const map = Object.fromEntries([...tensors.keys()].map((key) => [key, key === name ? second : first]));
    await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: map }));
    const zeros = { shape: expected.shape, data: new Float32Array(expected.data.length) };
    const bias = tensors.get(name)!;
    tensors.delete(name);
    await writeFile(join(folder, first), encode(tensors));
    await writeFile(join(folder, second), encode(new Map([[name, bias] as const, [stale, zeros] as const])));
    assert.deepEqual((await readWeights(await openBaseModel(folder))).get(stale), expected);
    await writeFile(join(folder, second), encode(new Map([[stale, zeros]])));
    await assertRefused(
      'missing-weight',
      /says that pooler\.dense\.bias is in model-00002.*download it again/,
    );
  });
});

describe('fingerprints', () => {
  test('change with any byte of weights or config and with nothing else', async () => {
    const first = (await openBaseModel(folder)).fingerprint;
    assert.match(first, /^[0-9a-f]{64}:[0-9a-f]{64}$/);
    assert.equal((await openBaseModel(bert)).fingerprint, first);
    await writeFile(join(folder, 'notes.txt'), 'unrelated');
    assert.equal((await openBaseModel(folder)).fingerprint, first);
    const path = join(folder, 'model.safetensors');
    const bytes = await readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(path, bytes);
    const second = (await openBaseModel(folder)).fingerprint;
    assert.notEqual(second, first);
    await changeConfig({ transformers_version: '0' });
    assert.notEqual((await openBaseModel(folder)).fingerprint, second);
  });

  test('a large file is remembered, and read again once it changed', async () => {
    const tensors = await storedTensors();
    const spare = { shape: [2 ** 21 + 1], data: new Float32Array(2 ** 21 + 1) };
    await storeWeights(tensors.set('spare', spare));
    const path = join(folder, 'model.safetensors');
    const first = (await openBaseModel(folder)).fingerprint;
    const digests = join(folder, '.colora-digests.json');
    assert.match(await readFile(digests, 'utf8'), /"model\.safetensors"/);
    await writeFile(digests, 'damaged');
    assert.equal((await openBaseModel(folder)).fingerprint, first);
    spare.data[0] = 1;
    await storeWeights(tensors);
    await utimes(path, 1, 1);
    assert.notEqual((await openBaseModel(folder)).fingerprint, first);
  });
});

describe('bad folders', () => {
  test('a folder that is not there, or lacks files', async () => {
    await assert.rejects(openBaseModel(join(folder, 'none')), /none is not a readable folder/);
    await rm(join(folder, 'tokenizer.json'));
    await assertRefused('missing-file', /holds no tokenizer\.json/);
    await rm(join(folder, 'config.json'));
    await assertRefused('missing-file', /holds no config\.json and no tokenizer\.json/);
    await cp(bert, folder, { recursive: true });
    await rm(join(folder, 'model.safetensors'));
    await assertRefused('missing-file', /holds no model\.safetensors/);
  });

  test('one that was cloned without Git LFS names the pointers and the cure', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 9085698\n`;
    await writeFile(join(folder, 'model.safetensors'), pointer);
    await assertRefused('missing-file', /model\.safetensors is a pointer of Git LFS.*git lfs pull/);
    await writeFile(join(folder, 'tokenizer.json'), pointer);
    await assertRefused('missing-file', /pointer of Git LFS.*so are (model\.safetensors|tokenizer\.json)\)/);
  });

  test('an unknown model_type lists those there are', async () => {
    await changeConfig({ model_type: 'mamba' });
    await assertRefused('unknown-model-type', /"mamba", which is not known; known: bert, .*use-lite$/);
    await changeConfig({ model_type: 'bert_moe', num_experts: 8 });
    await assertRefused('unknown-model-type', /; nearest is bert, which does not know .*num_experts$/);
    await changeConfig({ model_type: 'bert_moe', num_attention_heads: 5 });
    await assertRefused('unknown-model-type', /nearest is bert; as bert .* multiple of num_attention_heads/);
    await changeConfig({ model_type: undefined });
    await assertRefused('unknown-model-type', /"model_type" is missing/);
  });

  test('a config that is no JSON, lacks a field or asks for what is not supported', async () => {
    await changeConfig({ hidden_size: undefined });
    await assertRefused('bad-config', /"hidden_size" is missing/);
    await changeConfig({ hidden_size: 30 });
    await assertRefused(
      'bad-config',
      /"hidden_size" is 30; it must be a multiple of num_attention_heads \(4\)/,
    );
    await changeConfig({ hidden_size: 32, hidden_act: 'swish' });
    await assertRefused('bad-config', /"hidden_act" is "swish"; it must be one of gelu, /);
    await writeFile(join(folder, 'config.json'), '{"model_type":');
    await assertRefused('bad-config', /config\.json is not valid JSON/);
    await writeFile(join(folder, 'config.json'), '[]');
    await assertRefused('bad-config', /must hold a JSON object/);
  });

  test('more or fewer layers than are stored', async () => {
    await changeConfig({ num_hidden_layers: 3 });
    await assertRefused('missing-weight', /encoder\.layer\.2\..*more than the 2 layers that are stored/);
    await changeConfig({ num_hidden_layers: 1 });
    await assertRefused('bad-config', /asks for 1 layers, but 2 are stored.*must be 2/);
  });

  test('a shard that ends too early is named', async () => {
    await cp(`${fixturesFolder}tiny-mistral`, folder, { recursive: true });
    await rm(join(folder, 'model.safetensors'));
    const shard = join(folder, 'model-00002-of-00002.safetensors');
    await truncate(shard, (await readFile(shard)).length - 1);
    await assert.rejects(openBaseModel(folder), /model-00002-of-00002\.safetensors.*bytes/);
  });

  test('a missing weight, a wrong shape (both are named), a dtype that is no float', async () => {
    const tensors = await storedTensors();
    const name = 'encoder.layer.1.output.dense.weight';
    const weight = tensors.get(name)!;
    tensors.set(name, { shape: [64, 32], data: weight.data });
    await storeWeights(tensors);
    await assertRefused('wrong-shape', /layer\.1\.output\.dense\.weight has shape \[64, 32\].*\[32, 64\]/);
    tensors.delete(name);
    await storeWeights(tensors);
    await assertRefused(
      'missing-weight',
      /holds no weight encoder\.layer\.1\.output\.dense\.weight of shape/,
    );
    tensors.set(name, weight);
    const bytes = Buffer.from(encode(tensors));
    bytes.write('I32', bytes.indexOf('"F32"') + 1);
    await writeFile(join(folder, 'model.safetensors'), bytes);
    await assertRefused('unsupported-dtype', /is stored as I32/);
  });
});

// Checkpoints that are stored in other ways than transformers' own: other formats, other dtypes, tied weights under one of
// their names, tensors too many. What can be read gives the same weights; the rest is refused by name.
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { openSafetensors } from '@colora/tensors/safetensors/safetensors-file';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import { openBaseModel } from '../base-model.ts';
import { ModelError, type ModelErrorCode } from '../model-error.ts';
import { fixturesFolder, readWeights } from '../testing-references.ts';

const embedding = 'model.embed_tokens.weight';
const head = 'lm_head.weight';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-odd-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function copyOf(model: string): Promise<Map<string, Tensor>> {
  await cp(fixturesFolder + model, folder, { recursive: true });
  const file = await openSafetensors(join(folder, 'model.safetensors'));
  const tensors = new Map<string, Tensor>();
  for (const { name } of file.header.tensors) tensors.set(name, await file.read(name));
  await file.close();
  return tensors;
}

const store = (tensors: TensorMap, metadata: Record<string, string> = {}) =>
  writeFile(join(folder, 'model.safetensors'), encode(tensors, { metadata }));

async function changeConfig(change: object) {
  const path = join(folder, 'config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as object;
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

describe('tied embeddings', () => {
  test('stored under the name of the output alone: the input embedding is the same matrix', async () => {
    const tensors = await copyOf('stories260k');
    const expected = tensors.get(embedding)!;
    tensors.delete(embedding);
    const notes: Record<string, string>[] = [{ [embedding]: head }, { format: 'pt' }];
    for (const metadata of notes) {
      await store(new Map([...tensors, [head, expected]]), metadata);
      const weights = await readWeights(await openBaseModel(folder));
      assert.deepEqual(weights.get(embedding), expected);
    }
  });

  test('a second name in the metadata serves any weight', async () => {
    const tensors = await copyOf('tiny-llama');
    const shared = tensors.get(embedding)!;
    tensors.delete(head);
    await store(tensors, { [head]: embedding });
    const weights = await readWeights(await openBaseModel(folder));
    assert.deepEqual(weights.get(head), shared);
  });

  test('stored twice alike they are one; stored twice and different they are refused', async () => {
    const tensors = await copyOf('stories260k');
    const { shape, data } = tensors.get(embedding)!;
    await store(new Map([...tensors, [head, { shape, data }]]));
    await openBaseModel(folder);
    const other = data.slice();
    other[other.length - 1]! += 1;
    await store(new Map([...tensors, [head, { shape, data: other }]]));
    await assertRefused(
      'bad-config',
      /ties the embeddings .*lm_head\.weight .*differs.*tie_word_embeddings to false/,
    );
    await changeConfig({ tie_word_embeddings: false });
    await openBaseModel(folder);
  });

  test('not tied and without an output embedding: refused', async () => {
    const tensors = await copyOf('stories260k');
    await store(tensors);
    await changeConfig({ tie_word_embeddings: false });
    await assertRefused('missing-weight', /holds no weight lm_head\.weight/);
  });
});

describe('tensors too many', () => {
  test('within the model: it is another one than config.json says', async () => {
    const tensors = await copyOf('tiny-qwen2'); // queries, keys and values have biases
    await changeConfig({ model_type: 'llama', architectures: ['LlamaForCausalLM'], layer_types: null });
    await changeConfig({ sliding_window: null, use_sliding_window: false, max_window_layers: null });
    await store(tensors);
    await assertRefused('bad-config', /hold model\.layers\.0\.self_attn\..*\.bias, .*attention_bias/);
    const bert = await copyOf('tiny-bert');
    await store(new Map([...bert, ['encoder.layer.0.attention.self.distance_embedding.weight', unit]]));
    await assertRefused('bad-config', /distance_embedding/);
  });

  test('heads of other tasks and stored constants mean nothing', async () => {
    const bert = await copyOf('tiny-bert');
    const heads = ['classifier.weight', 'cls.predictions.bias', 'qa_outputs.bias', 'embeddings.position_ids'];
    await store(new Map([...bert, ...heads.map((name) => [name, unit] as const)]));
    await openBaseModel(folder);
    const llama = await copyOf('tiny-llama');
    const constants = ['model.layers.0.self_attn.rotary_emb.inv_freq', 'v_head.summary.weight'];
    await store(new Map([...llama, ...constants.map((name) => [name, unit] as const)]));
    await openBaseModel(folder);
  });
});

describe('formats', () => {
  test('dtypes other than F32, F16 and BF16 are named with the tensor', async () => {
    const tensors = await copyOf('tiny-llama');
    const name = 'model.layers.0.mlp.up_proj.weight';
    const bytes = Buffer.from(encode(tensors));
    const entry = bytes.indexOf(`"${name}"`);
    const at = bytes.indexOf('"F32"', entry) + 1;
    for (const dtype of ['I32', 'U32']) {
      bytes.write(dtype, at);
      await writeFile(join(folder, 'model.safetensors'), bytes);
      await assertRefused(
        'unsupported-dtype',
        new RegExp(`up_proj\\.weight is stored as ${dtype}; F32, F16`),
      );
    }
    for (const [dtype, size] of [
      ['F64', 8],
      ['I8', 1],
      ['F8_E4M3', 1],
    ] as const) {
      await writeFile(join(folder, 'model.safetensors'), oddFile(tensors, name, dtype, size));
      await assertRefused('unsupported-dtype', new RegExp(`up_proj\\.weight is stored as ${dtype};`));
    }
  });

  test('weights of other libraries, or an adapter, are named with what to do', async () => {
    await copyOf('tiny-llama');
    const cases: [string, RegExp][] = [
      [
        'pytorch_model.bin',
        /no model\.safetensors .*weights of PyTorch only \(pytorch_model\.bin\).*save_pretrained/,
      ],
      ['pytorch_model.bin.index.json', /weights of PyTorch only/],
      ['consolidated.00.pth', /weights of PyTorch only \(consolidated/],
      ['tf_model.h5', /weights of TensorFlow or Flax only/],
      ['flax_model.msgpack', /weights of TensorFlow or Flax only/],
      ['model.Q4_0.gguf', /GGUF files \(model\.Q4_0\.gguf\): pass the path/],
      ['model.onnx', /an ONNX graph only/],
      ['model-00001-of-00002.safetensors', /shards without their index/],
      ['weights.safetensors', /safetensors under another name \(weights\.safetensors\)/],
    ];
    let name = 'model.safetensors';
    for (const [other, message] of cases) {
      await rename(join(folder, name), join(folder, other));
      name = other;
      await assertRefused('missing-file', message);
    }
    await rename(join(folder, name), join(folder, 'adapter_model.bin'));
    await rename(join(folder, 'config.json'), join(folder, 'adapter_config.json'));
    await assertRefused('missing-file', /no config\.json; it is an adapter \(PEFT\), no base model/);
  });
});

const unit: Tensor = { shape: [1], data: Float32Array.of(1) };

/** A file of zeros like `tensors`, one of which is of another dtype. */
function oddFile(tensors: TensorMap, odd: string, dtype: string, size: number): Buffer {
  let end = 0;
  const entries = [...tensors].map(([name, { shape, data }]) => {
    const [type, bytes] = name === odd ? [dtype, size] : ['F32', 4];
    const start = end;
    end += data.length * bytes;
    return [name, { dtype: type, shape, data_offsets: [start, end] }] as const;
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(end)]);
}

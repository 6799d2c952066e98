// What is written as GGUF is read back as the same model, adapter added; and llama.cpp, where it is installed, computes the
// same from it, merged and with the adapter laid over the base model.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { adapterTensors, chooseTargets } from '@colora/adapters/adapter-tensors';
import { fold } from '@colora/adapters/fold';
import type { AdapterSettings } from '@colora/adapters/layouts';
import { seededRandom } from '@colora/tensors/random';
import { Tokenizer } from 'tokenizers';
import { type BaseModel, openBaseModel } from '../../base-model.ts';
import { makeApplyLinear } from '../../blocks/adapted-linear.ts';
import { ModelError } from '../../model-error.ts';
import { padRows, plainLinear, toBatch, toTf } from '../../testing-eager.ts';
import { openLlama } from '../../testing-llama.ts';
import { fixturesFolder, readReference, readWeights, relativeError } from '../../testing-references.ts';
import { convertGguf } from '../convert-gguf.ts';
import { openGguf } from '../gguf-file.ts';
import { tokenizerSource } from './testing-tokenizer-source.ts';
import { tokenizerFields } from './tokenizer-fields.ts';
import { writeGgufAdapter, writeGgufModel } from './write-model.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-gguf-written-'));
});
afterEach(() => rm(folder, { recursive: true }));

const ids = [5, 41, 7, 200, 33, 90, 3, 150, 61, 12];
const names = ['llama', 'llama3', 'qwen2', 'qwen3', 'gemma3', 'gpt2'] as const;

/** The toy model of an architecture, and an adapter of every module as large as its weights. */
async function adapted(name: string) {
  const converted = await convertGguf(join(fixturesFolder, 'gguf', `${name}.gguf`), join(folder, 'cache'));
  const base = await openBaseModel(converted);
  const targets = base.linears.map((linear) => linear.name);
  const settings: AdapterSettings = { layout: 'global', rank: 2, alpha: 2, targets };
  const modules = chooseTargets(base.linears, targets);
  const random = seededRandom(name);
  const tensors = new Map(
    adapterTensors(settings, modules).map(({ name: tensor, shape }) => {
      const data = Float32Array.from({ length: shape[0] * shape[1] }, () => 0.2 * random.gaussian());
      return [tensor, { shape, data }] as const;
    }),
  );
  const weights = toTf(await readWeights(base));
  const linear = makeApplyLinear(weights, settings, modules, toTf(tensors));
  const logits = base.family.decoder!.logits(base.config, weights, linear, toBatch(padRows([ids])));
  return { base, folded: fold(settings, modules, tensors), logits: await logits.data(), converted };
}

async function written(base: BaseModel, precision: 'f16' | 'q8_0', folded = new Map()): Promise<string> {
  const tokenizer = tokenizerFields(
    await tokenizerSource(base.folder),
    base.family.vocabularySize(base.config),
  );
  const path = join(folder, `${precision}.gguf`);
  await writeGgufModel(path, { base, folded, title: 'a test' }, { tokenizer, precision });
  return path;
}

/** Of a GGUF file, read back and computed without an adapter. */
async function logitsOf(path: string): Promise<Float32Array> {
  const model = await openBaseModel(await convertGguf(path, join(folder, 'back')));
  const weights = toTf(await readWeights(model));
  const { logits } = model.family.decoder!;
  const values = await logits(model.config, weights, plainLinear(weights), toBatch(padRows([ids]))).data();
  return values as Float32Array;
}

describe('read back', () => {
  for (const name of names) {
    test(`a ${name} with its adapter, rounded to F16, tokenizer and template and all`, async () => {
      const { base, folded, logits, converted } = await adapted(name);
      const path = await written(base, 'f16', folded);
      const error = relativeError(await logitsOf(path), logits);
      assert.ok(error < 2e-3, `logits: ${error}`);
      const back = await convertGguf(path, join(folder, 'back'));
      for (const file of ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json'])
        assert.equal(
          await readFile(join(back, file), 'utf8'),
          await readFile(join(converted, file), 'utf8'),
          file,
        );
    });
  }

  test('in 8 bits nearly the same, and half the size', async () => {
    const { base, folded, logits } = await adapted('llama');
    const [half, eight] = [await written(base, 'f16', folded), await written(base, 'q8_0', folded)];
    const error = relativeError(await logitsOf(eight), logits);
    assert.ok(error > 1e-4 && error < 5e-2, `logits: ${error}`);
    const sizes = [];
    for (const path of [half, eight]) {
      const file = await openGguf(path);
      sizes.push(file.tensors.get('blk.0.ffn_up.weight')!.length);
      await file.close();
    }
    assert.equal(sizes[1]! / sizes[0]!, 34 / 64);
  });
});

describe('what llama.cpp has no place for', () => {
  const refused = (pattern: RegExp) => (error: unknown) =>
    error instanceof ModelError && error.code === 'unsupported-gguf' && pattern.test(error.message);
  const writing = async (model: BaseModel) => {
    const path = join(folder, 'none.gguf');
    const request = { base: model, folded: new Map(), title: '' };
    return writeGgufModel(path, request, { tokenizer: {}, precision: 'f16' });
  };

  test('a model that writes no text, layers that look back otherwise, biases', async () => {
    const { model: bert } = await readReference('tiny-bert', 'core');
    await assert.rejects(
      writing(bert),
      refused(/no architecture for a bert.*llama, mistral, .*--format merged/),
    );
    const { model: gemma } = await readReference('tiny-gemma3-text', 'core');
    await assert.rejects(writing(gemma), refused(/look back otherwise than Gemma's/));
    const { model: qwen3 } = await readReference('tiny-qwen3', 'core');
    const biased = { ...qwen3, config: { ...(qwen3.config as object), biased: ['q_proj'] } };
    await assert.rejects(writing(biased), refused(/biases in q_proj, which llama\.cpp's qwen3 has not/));
    assert.deepEqual(await readdir(folder), []);
  });

  test('a number past the largest of F16, and nothing is left', async () => {
    const { base, folded } = await adapted('llama');
    for (const { B } of folded.values()) B.data[0] = 1e8;
    await assert.rejects(
      written(base, 'f16', folded),
      refused(/_proj\.weight holds values .* F16 has no room for/),
    );
    assert.deepEqual(await readdir(folder), ['cache']);
  });
});

test('a text goes as far as the window of a mistral, whose layers llama.cpp lets look at all', async () => {
  const { model: base } = await readReference('tiny-mistral', 'core');
  const path = join(folder, 'mistral.gguf');
  await writeGgufModel(path, { base, folded: new Map(), title: '' }, { tokenizer: {}, precision: 'f16' });
  const file = await openGguf(path);
  const { metadata } = file;
  await file.close();
  assert.deepEqual([metadata['general.architecture'], metadata['llama.context_length']], ['llama', 5]);
});

const llamaFolder = process.env.COLORA_TEST_LLAMA;
describe('llama.cpp', {
  skip: llamaFolder === undefined && 'COLORA_TEST_LLAMA names no folder of it',
}, () => {
  for (const name of names) {
    test(`computes a ${name} as we do: merged, and with the adapter laid over it`, async () => {
      const open = await openLlama(llamaFolder!);
      const { base, folded, logits, converted } = await adapted(name);
      const all = Array.from({ length: base.family.vocabularySize(base.config) }, (_, id) => id);
      await written(base, 'q8_0'); // opened below
      const plain = await written(base, 'f16');
      const adapter = join(folder, 'adapter.gguf');
      await writeGgufAdapter(adapter, { base, folded, title: 'a test' });
      const over = await open({ model: plain, adapter });
      const overScores = await over.read(ids, all);
      await over.close();
      const merged = await open({ model: await written(base, 'f16', folded) });
      const mergedScores = await merged.read(ids, all);
      const tokenizer = Tokenizer.fromFile(join(converted, 'tokenizer.json'));
      for (const text of [
        "It's 12345 o'clock,\n\n  isn't it?",
        'na\u00efve caf\u00e9 \u65e5\u672c\u8a9e \ud83d\ude42',
      ])
        assert.deepEqual(
          merged.tokenize(text),
          (await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds(),
        );
      await merged.close();
      for (const [how, rows] of [
        ['merged', mergedScores],
        ['laid over', overScores],
      ] as const) {
        const error = relativeError(Float32Array.from(rows.flatMap(({ scores }) => [...scores])), logits);
        assert.ok(error < 5e-3, `${how}: ${error}`);
      }
      const eight = await open({ model: join(folder, 'q8_0.gguf') });
      assert.equal((await eight.read(ids, [])).length, ids.length);
      await eight.close();
    });
  }
});

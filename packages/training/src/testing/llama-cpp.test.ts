// SmolLM2 with an adapter, written as GGUF and run by llama.cpp itself: it writes our tokens, and its scores are ours within
// what F16 rounds. COLORA_TEST_LLAMA names a folder with node-llama-cpp, COLORA_TEST_SMOLLM2 the model (CONTRIBUTING.md).
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { adapterTensors, chooseTargets } from '@colora/adapters/adapter-tensors';
import { fold } from '@colora/adapters/fold';
import type { AdapterSettings } from '@colora/adapters/layouts';
import { type BaseModel, openBaseModel } from '@colora/models/base-model';
import { makeApplyLinear } from '@colora/models/blocks/adapted-linear';
import { convertGguf } from '@colora/models/gguf/convert-gguf';
import { tokenizerFields } from '@colora/models/gguf/writing/tokenizer-fields';
import { writeGgufAdapter, writeGgufModel } from '@colora/models/gguf/writing/write-model';
import { type LlamaFiles, type LlamaText, openLlama } from '@colora/models/testing-llama';
import { relativeError } from '@colora/models/testing-references';
import { seededRandom } from '@colora/tensors/random';
import type { TensorMap } from '@colora/tensors/tensor';
import type * as tf from '@tensorflow/tfjs-core';
import { onnxEngine } from '../engines/onnx-engine.ts';
import { ggufTokenizerSource } from '../gguf-source.ts';
import { plainTensors } from '../programs/folded-model.ts';
import { openTokenizer, type TextEncoder } from '../text/tokenizer.ts';
import { startTrainer } from '../trainer.ts';

const { COLORA_TEST_LLAMA: llamaFolder, COLORA_TEST_SMOLLM2: smollm2 } = process.env;
const skip =
  (llamaFolder === undefined && 'COLORA_TEST_LLAMA names no folder of llama.cpp') ||
  (smollm2 === undefined && 'COLORA_TEST_SMOLLM2 does not name the GGUF file');

const prompt = 'Once upon a time, in a small village by the sea, there lived';
const written = 32;
/** Tokens whose scores are compared: one in 97 of the vocabulary. */
const sampled = Array.from({ length: Math.ceil(49_152 / 97) }, (_, i) => 97 * i);

describe('SmolLM2 in llama.cpp', { skip }, () => {
  let cache: string;
  let base: BaseModel;
  let tokenizer: TextEncoder;
  let settings: AdapterSettings;
  let tensors: TensorMap;
  let open: (files: LlamaFiles) => Promise<LlamaText>;
  let start: number[];
  /** The tokens that we write, and our scores of each. */
  let own: { readonly ids: number[]; readonly scores: Float32Array[] };

  const file = (name: string) => join(cache, name);
  const folded = () => fold(settings, chooseTargets(base.linears, settings.targets), tensors);

  before(async () => {
    cache = await mkdtemp(join(tmpdir(), 'colora-llama-'));
    open = await openLlama(llamaFolder!);
    base = await openBaseModel(await convertGguf(smollm2!, cache));
    tokenizer = await openTokenizer(base);
    settings = { layout: 'global', rank: 8, alpha: 8, targets: ['q_proj', 'k_proj', 'v_proj', 'down_proj'] };
    tensors = randomAdapter();
    start = await tokenizer.encodePrompt(prompt);
    own = await ourText();
    const fields = tokenizerFields(await ggufTokenizerSource(base), base.family.vocabularySize(base.config));
    const write = (name: string, model: ReturnType<typeof folded>, precision: 'f16' | 'q8_0') =>
      writeGgufModel(file(name), { base, folded: model, title: 'a test' }, { tokenizer: fields, precision });
    await write('base.gguf', new Map(), 'f16');
    await write('merged.gguf', folded(), 'f16');
    await write('eight.gguf', folded(), 'q8_0');
    await writeGgufAdapter(file('adapter.gguf'), { base, folded: folded(), title: 'a test' });
  });
  after(() => rm(cache, { recursive: true, force: true }));

  /** Large enough that it says other things than the base model. */
  function randomAdapter(): TensorMap {
    const random = seededRandom('llama.cpp');
    const modules = chooseTargets(base.linears, settings.targets);
    return new Map(
      adapterTensors(settings, modules).map(({ name, shape }) => {
        const data = Float32Array.from({ length: shape[0] * shape[1] }, () => 0.06 * random.gaussian());
        return [name, { shape, data }] as const;
      }),
    );
  }

  /** By the generator, with the adapter as it is, in float32; its ids by the scores of one pass over all of it. */
  async function ourText() {
    const trainer = await startTrainer({ device: 'cpu', threads: 2 });
    const generator = await trainer.openGenerator({
      baseModel: base.folder,
      adapters: { own: plainTensors(fold(settings, chooseTargets(base.linears, settings.targets), tensors)) },
    });
    const request = { prompt, maxTokens: written, temperature: 0, topP: 1, seed: 0, stop: [] };
    const { text } = await generator.generate({ ...request, adapter: 'own' });
    assert.notEqual((await generator.generate({ ...request, adapter: null })).text, text);
    await trainer.close();
    const all = await tokenizer.encodePrompt(prompt + text);
    assert.equal(all.length, start.length + written, 'the text has the tokens that it was written in');
    const scores = await scoresOf(all);
    return { ids: all.slice(start.length), scores: scores.slice(start.length - 1, -1) };
  }

  async function scoresOf(ids: readonly number[]): Promise<Float32Array[]> {
    const engine = onnxEngine({ device: 'cpu', threads: 2 });
    const modules = chooseTargets(base.linears, settings.targets);
    const program = await engine.compile({
      key: 'adapted logits of SmolLM2',
      base,
      inputs: [
        { name: 'ids', dtype: 'int32', shape: [1, ids.length] },
        { name: 'mask', dtype: 'float32', shape: [1, ids.length] },
        ...[...tensors].map(([name, { shape }]) => ({ name, dtype: 'float32', shape }) as const),
      ],
      varying: new Set(),
      batch: 1,
      build: (inputs, weights) => {
        const batch = { ids: inputs.ids as tf.Tensor2D, mask: inputs.mask as tf.Tensor2D };
        const linear = makeApplyLinear(weights, settings, modules, inputs);
        return { logits: base.family.decoder!.logits(base.config, weights, linear, batch) };
      },
    });
    const values = Object.fromEntries([...tensors].map(([name, { data }]) => [name, data]));
    const row = { ids: Int32Array.from(ids), mask: new Float32Array(ids.length).fill(1), ...values };
    const { data } = (await program.run(row, ['all'])).logits!;
    await engine.dispose();
    const width = data.length / ids.length;
    return ids.map((_, i) => Float32Array.from(sampled, (id) => data[i * width + id]!));
  }

  /** What it writes by itself, always the best token, and its scores of each. */
  async function theirText(files: LlamaFiles) {
    const text = await open(files);
    const next = [(await text.read(start, sampled)).at(-1)!];
    while (next.length < written) next.push((await text.read([next.at(-1)!.best], sampled))[0]!);
    await text.close();
    return { ids: next.map(({ best }) => best), scores: next.map(({ scores }) => scores) };
  }

  for (const [how, files] of [
    ['added into its weights', { model: 'merged.gguf' }],
    ['laid over the base model', { model: 'base.gguf', adapter: 'adapter.gguf' }],
  ] as const)
    test(`with the adapter ${how}, in F16: our ${written} tokens, our scores`, async (t) => {
      const { model, ...adapter } = files;
      const theirs = await theirText({
        model: file(model),
        ...('adapter' in adapter ? { adapter: file(adapter.adapter) } : {}),
      });
      assert.deepEqual(theirs.ids, own.ids);
      const errors = theirs.scores.map((scores, i) => relativeError(scores, own.scores[i]!));
      t.diagnostic(
        `scores differ by ${mean(errors)} of their size on average, ${Math.max(...errors)} at most`,
      );
      assert.ok(mean(errors) < 3e-3 && Math.max(...errors) < 1.5e-2, errors.join());
    });

  test('in 8 bits: where it reads our text, its best token is ours nine times in ten, the score near', async (t) => {
    const text = await open({ model: file('eight.gguf') });
    const next = (await text.read([...start, ...own.ids], sampled)).slice(start.length - 1, -1);
    await text.close();
    const same = next.filter(({ best }, i) => best === own.ids[i]).length;
    const errors = next.map(({ scores }, i) => relativeError(scores, own.scores[i]!));
    t.diagnostic(`${same} of ${written}; scores differ by ${mean(errors)} of their size on average`);
    assert.ok(same >= 0.9 * written, `${same} of ${written}`);
    assert.ok(mean(errors) < 7e-2, errors.join());
  });

  test('texts have our tokens', async () => {
    const text = await open({ model: file('merged.gguf') });
    for (const sample of [
      prompt,
      "It's 12345 o'clock,\n\n  isn't it?",
      'na\u00efve \u65e5\u672c\u8a9e \ud83d\ude42',
    ])
      assert.deepEqual(text.tokenize(sample), await tokenizer.encodePrompt(sample));
    await text.close();
  });
});

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

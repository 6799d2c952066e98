// Generation: the cached, compiled model writes what the whole model says token by token, and ends as asked.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chooseTargets } from '@colora/adapters/adapter-tensors';
import { blend } from '@colora/adapters/blend';
import { fold } from '@colora/adapters/fold';
import { type BaseModel, openBaseModel } from '@colora/models/base-model';
import { makeApplyLinear } from '@colora/models/blocks/adapted-linear';
import { convertGguf } from '@colora/models/gguf/convert-gguf';
import { padRows, toBatch, toTf } from '@colora/models/testing-eager';
import { fixturesFolder, readReference, readWeights } from '@colora/models/testing-references';
import type { TensorMap } from '@colora/tensors/tensor';
import { plainTensors } from '../programs/folded-model.ts';
import { openTokenizer, type TextEncoder } from '../text/tokenizer.ts';
import {
  type Generation,
  type GenerationRequest,
  type Generator,
  startTrainer,
  type Trainer,
} from '../trainer.ts';
import type { AdapterInputs } from './decode-programs.ts';

const folder = `${fixturesFolder}stories260k`;
const greedy = { temperature: 0, topP: 1, seed: 0, stop: [], adapter: 'own' } as const;
const prompt = 'Once upon a time, there was a';

let trainer: Trainer;
let base: BaseModel;
let tokenizer: TextEncoder;
let adapter: AdapterInputs;
let generator: Generator;
before(async () => {
  trainer = await startTrainer({ device: 'cpu', threads: 1 });
  base = await openBaseModel(folder);
  tokenizer = await openTokenizer(base);
  const { settings, trained } = await readReference('stories260k', 'core');
  adapter = { settings, tensors: trained };
  generator = await trainer.openGenerator({
    baseModel: folder,
    adapters: { own: plain(trained) },
  });
});
after(() => trainer.close());

/** Tensors of the reference's layout as a generator takes them. */
const plain = (tensors: TensorMap) =>
  plainTensors(fold(adapter.settings, chooseTargets(base.linears, adapter.settings.targets), tensors));

function write(
  change: Partial<GenerationRequest> = {},
  onText?: (text: string) => void,
): Promise<Generation> {
  return generator.generate({ ...greedy, prompt, maxTokens: 20, ...change }, onText);
}

/** What the model writes when all of the text is computed anew for every token, eagerly in tfjs. */
async function greedyByHand(
  text: string,
  count: number,
  adapted: AdapterInputs | null,
  own: { readonly base: BaseModel; readonly tokenizer: TextEncoder } = { base, tokenizer },
): Promise<string> {
  const weights = toTf(await readWeights(own.base));
  const settings = adapted?.settings ?? { ...adapter.settings, targets: [] };
  const modules = chooseTargets(own.base.linears, settings.targets);
  const linear = makeApplyLinear(weights, settings, modules, toTf(adapted?.tensors ?? new Map()));
  const ids = await own.tokenizer.encodePrompt(text);
  const start = ids.length;
  while (ids.length < start + count) {
    const batch = toBatch(padRows([ids]));
    const scores = own.base.family.decoder!.logits(own.base.config, weights, linear, batch).dataSync();
    const last = scores.subarray(scores.length - own.base.family.vocabularySize(own.base.config));
    ids.push(last.indexOf(Math.max(...last)));
  }
  const before = await own.tokenizer.decode(ids.slice(0, start));
  return (await own.tokenizer.decode(ids)).slice(before.length);
}

describe('a small story model', () => {
  test('greedy text is that of the whole model, with the adapter and without', async () => {
    const pieces: string[] = [];
    const adapted = await write({}, (piece) => pieces.push(piece));
    assert.ok(adapted.text.startsWith(await greedyByHand(prompt, 8, adapter)));
    assert.equal(pieces.join(''), adapted.text);
    assert.ok(pieces.length > 5, 'it comes piece by piece');
    assert.deepEqual([adapted.finish, adapted.tokens], ['length', 20]);
    const bare = await write({ adapter: null });
    assert.ok(bare.text.startsWith(await greedyByHand(prompt, 8, null)));
    assert.notEqual(bare.text, adapted.text);
    const alone = await trainer.openGenerator({ baseModel: folder, adapters: {} });
    assert.equal((await alone.generate({ ...greedy, prompt, maxTokens: 20, adapter: null })).text, bare.text);
    await alone.close();
    await assert.rejects(alone.generate({ ...greedy, prompt, maxTokens: 1 }), /closed/);
  });

  test('one of several adapters of any rank, another in its place, and none of another model', async () => {
    const halved = new Map(
      [...adapter.tensors].map(([name, { shape, data }]) => [
        name,
        { shape, data: data.map((value) => value / 2) },
      ]),
    );
    const { settings, tensors } = adapter;
    const several = await trainer.openGenerator({
      baseModel: folder,
      adapters: { own: plain(tensors), halved: plain(halved) },
    });
    const said = async (name: string | null) =>
      (await several.generate({ ...greedy, prompt, maxTokens: 12, adapter: name })).text;
    const own = await said('own');
    assert.equal(own, (await write({ maxTokens: 12 })).text);
    assert.equal(await said('halved'), await greedyByHand(prompt, 12, { settings, tensors: halved }));
    assert.equal(await said(null), (await write({ maxTokens: 12, adapter: null })).text);
    assert.equal(await said('own'), own); // what it had read is forgotten by now
    await several.put('halved', plain(tensors));
    assert.equal(await said('halved'), own);
    // twice the same, halved: of twice the rank, and all have to have room for it
    const modules = fold(settings, chooseTargets(base.linears, settings.targets), tensors);
    const twice = blend([
      { folded: modules, weight: 0.5 },
      { folded: modules, weight: 0.5 },
    ]);
    await several.put('twice', plainTensors(twice));
    for (const name of ['twice', 'own', 'halved']) assert.equal(await said(name), own);
    const [module] = [...modules];
    await several.put('one module', plainTensors(new Map([module!])));
    const alone = { settings: { ...settings, targets: [module![0]] }, tensors };
    assert.equal(await said('one module'), await greedyByHand(prompt, 12, alone));
    const odd = new Map(
      [...plain(tensors)].map(([name, { shape, data }]) => [name, { shape: [1, ...shape], data }]),
    );
    await assert.rejects(several.put('own', odd), /other tensors/);
    await assert.rejects(several.put('own', tensors), /other tensors/);
    assert.equal(await said('own'), own);
    await assert.rejects(said('nobody'), /no adapter nobody/);
    await several.close();
  });

  test('what was read before does not change what is written next', async () => {
    const first = await write({ adapter: null });
    for (const other of [`${prompt} little girl`, 'Once', 'The dog', `${prompt}${first.text} and`]) {
      await write({ prompt: other, adapter: null, maxTokens: 5 });
    }
    assert.equal((await write({ adapter: null })).text, first.text);
  });

  test('a prompt of several chunks', async () => {
    const long = 'One day, Tim went to the park with his mom. '.repeat(6);
    assert.ok((await tokenizer.encodePrompt(long)).length > 64);
    const { text } = await write({ prompt: long, adapter: null, maxTokens: 3 });
    assert.equal(text, await greedyByHand(long, 3, null));
  });

  test('a seed draws the same text again', async () => {
    const drawn = { temperature: 1.2, topP: 0.95, adapter: null, seed: 5 };
    const { text } = await write(drawn);
    assert.equal((await write(drawn)).text, text);
    assert.notEqual((await write({ ...drawn, seed: 6 })).text, text);
  });

  test('a stop text ends it and is not shown', async () => {
    const { text } = await write({ adapter: null, maxTokens: 40 });
    const word = text.trim().split(' ')[2]!;
    const stopped = await write({ adapter: null, maxTokens: 40, stop: [word, 'never said'] });
    assert.equal(stopped.finish, 'stop');
    assert.equal(stopped.text, text.slice(0, text.indexOf(word)));
  });

  test('the model’s positions bound prompt and answer together', async () => {
    const words = 'Lily saw a big red ball. '.repeat(200);
    await assert.rejects(
      write({ prompt: words }),
      /the text has \d+ tokens, and this model reads at most 512/,
    );
    const ids = (await tokenizer.encodePrompt(words)).slice(0, 507);
    const { finish, promptTokens, tokens } = await write({
      prompt: await tokenizer.decode(ids),
      adapter: null,
    });
    assert.equal(finish, 'context');
    assert.equal(promptTokens + tokens, 512);
    await assert.rejects(
      generator.generate({ ...greedy, prompt: [{ role: 'user', content: 'Hi' }], maxTokens: 1 }),
      /has no chat template/,
    );
  });

  test('a signal interrupts it after the token under way', async () => {
    const controller = new AbortController();
    let shown = '';
    const { finish, text } = await generator.generate(
      { ...greedy, prompt, adapter: null, maxTokens: 500 },
      (piece) => {
        shown += piece;
        controller.abort();
      },
      controller.signal,
    );
    assert.equal(finish, 'interrupted');
    assert.equal(text, shown);
    assert.ok(text.length < 500);
  });

  test('a model that only reads cannot write', async () => {
    await assert.rejects(
      trainer.openGenerator({ baseModel: `${fixturesFolder}tiny-bert`, adapters: {} }),
      /type bert reads texts and writes none/,
    );
  });
});

for (const name of ['llama', 'mistral', 'qwen2', 'qwen3', 'gemma3-text', 'gpt2']) {
  test(`${name} writes greedily what its whole model says`, async () => {
    const model = await openBaseModel(`${fixturesFolder}tiny-${name}`);
    const parts = { base: model, tokenizer: await openTokenizer(model) };
    const writer = await trainer.openGenerator({ baseModel: model.folder, adapters: {} });
    const { text } = await writer.generate({ ...greedy, prompt: 'the cat', maxTokens: 8, adapter: null });
    assert.equal(text, await greedyByHand('the cat', 8, null, parts));
    await writer.close();
  });
}

const smollm2 = process.env.COLORA_TEST_SMOLLM2;
const why = 'COLORA_TEST_SMOLLM2 does not name the GGUF file';
test('SmolLM2 writes what transformers wrote', { skip: smollm2 === undefined ? why : false }, async (t) => {
  const cache = await mkdtemp(join(tmpdir(), 'colora-smollm2-'));
  t.after(() => rm(cache, { recursive: true }));
  const fixture = JSON.parse(await readFile(`${fixturesFolder}smollm2.json`, 'utf8'));
  const model = await trainer.openGenerator({
    baseModel: await convertGguf(smollm2!, cache),
    adapters: {},
  });
  const plain = await model.generate({
    ...greedy,
    adapter: null,
    prompt: fixture.prompt.text,
    maxTokens: 16,
  });
  assert.equal(plain.text, fixture.prompt.greedy16_text);
  const question = [{ role: 'user', content: 'What is the capital of France?' }];
  const answer = await model.generate({ ...greedy, adapter: null, prompt: question, maxTokens: 16 });
  assert.equal(answer.promptTokens, fixture.chat_prompt.token_ids.length);
  assert.equal(`${answer.text}<|im_end|>`, fixture.chat_prompt.greedy16_text);
  assert.equal(answer.finish, 'end');
});

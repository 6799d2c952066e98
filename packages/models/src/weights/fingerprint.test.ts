// What counts as another model: another config or weights, another tokenizer or chat template; and what doesn't.
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openBaseModel } from '../base-model.ts';
import { fixturesFolder } from '../testing-references.ts';
import { differingPart } from './fingerprint.ts';

const original = `${fixturesFolder}tiny-llama`;
let folder: string;
let first: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-fingerprint-'));
  await cp(original, folder, { recursive: true });
  await writeJson('tokenizer_config.json', {
    bos_token: '<s>',
    eos_token: { content: '</s>', lstrip: false },
  });
  await writeFile(join(folder, 'chat_template.jinja'), '{{ messages[0].content }}');
  first = await fingerprintNow();
});
afterEach(() => rm(folder, { recursive: true }));

const fingerprintNow = async () => (await openBaseModel(folder)).fingerprint;
const differing = async () => differingPart(await fingerprintNow(), first);
const writeJson = (name: string, json: object) => writeFile(join(folder, name), JSON.stringify(json));
const readJson = async (name: string) =>
  JSON.parse(await readFile(join(folder, name), 'utf8')) as Record<string, unknown>;

test('what makes tokens counts: tokenizer, its settings, special tokens, template', async () => {
  const tokenizer = await readJson('tokenizer.json');
  const changes: [string, string][] = [
    ['tokenizer.json', JSON.stringify({ ...tokenizer, normalizer: { type: 'Lowercase' } })],
    ['tokenizer_config.json', JSON.stringify({ bos_token: '<s>', eos_token: '<end>' })],
    [
      'tokenizer_config.json',
      JSON.stringify({ bos_token: '<s>', eos_token: { content: '</s>' }, add_bos_token: false }),
    ],
    ['tokenizer_config.json', '{'],
    ['chat_template.jinja', '{{ messages[0].content }} '],
    ['special_tokens_map.json', '{"bos_token":"<s>"}'],
    ['chat_template.json', '{"chat_template":"{{ messages }}"}'],
  ];
  for (const [name, content] of changes) {
    const before = await readFile(join(folder, name)).catch(() => null);
    await writeFile(join(folder, name), content);
    assert.match(
      (await differing()) ?? 'nothing',
      /^the tokenizer or the chat template \(tokenizer\.json, /,
      name,
    );
    if (before === null) await rm(join(folder, name));
    else await writeFile(join(folder, name), before);
  }
  assert.equal(await differing(), null);
  await rm(join(folder, 'chat_template.jinja'));
  assert.match((await differing())!, /^the tokenizer or the chat template/);
});

test('how a program saved the same tokenizer does not count', async () => {
  await writeJson('tokenizer_config.json', {
    eos_token: { lstrip: false, content: '</s>' },
    bos_token: '<s>',
    ...{ name_or_path: '/home/anna/model', model_max_length: 2048, padding_side: 'left', use_fast: true },
  });
  const tokenizer = await readJson('tokenizer.json');
  await writeJson('tokenizer.json', { ...tokenizer, truncation: { max_length: 8 }, padding: null });
  await writeFile(join(folder, 'README.md'), 'a model');
  assert.equal(await differing(), null);
});

test('config and weights are told from tokenizer and template', async () => {
  await writeFile(join(folder, 'config.json'), `${await readFile(join(folder, 'config.json'), 'utf8')}\n`);
  assert.equal(await differing(), 'config.json or the weights');
  await rm(join(folder, 'chat_template.jinja'));
  assert.match((await differing())!, /^config\.json or the weights, and the tokenizer or the chat template/);
});

test('a group of an earlier version is compared as it was: by config and weights', async () => {
  const [model] = first.split(':') as [string];
  assert.equal(differingPart(first, model), null);
  await rm(join(folder, 'chat_template.jinja'));
  assert.equal(differingPart(await fingerprintNow(), model), null);
  assert.equal(differingPart(first, '0'.repeat(64)), 'config.json or the weights');
});

test('the part of earlier versions is the sha256 that they computed', async () => {
  // sha256 over "<sha256 of config.json>  config.json\n<sha256 of model.safetensors>  model.safetensors\n"
  const { createHash } = await import('node:crypto');
  const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
  const lines = await Promise.all(
    ['config.json', 'model.safetensors'].map(
      async (name) => `${sha256(await readFile(join(folder, name)))}  ${name}\n`,
    ),
  );
  assert.equal(first.split(':')[0], sha256(lines.join('')));
});

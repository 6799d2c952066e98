// A group on a model of the Hub, by real processes: its creator and its members name no folder, everybody gets the very
// same files, and the exported adapter says which model it belongs to. The Hub is a small server of our own.
import assert from 'node:assert/strict';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { commit, startTestHub, type TestHub } from '@colora/cli/base-model/testing-hub';
import { groupSchema } from '@colora/protocol/entities';
import { writeReviews } from './support/people.ts';
import { colora as run, startColora } from './support/processes.ts';
import { adminKey, useSystem } from './support/system.ts';

const id = 'someone/stories260k';
const stories = fileURLToPath(new URL('../packages/models/fixtures/stories260k/', import.meta.url));
const settings = ['--task', 'causal-lm', '--max-tokens', '16', '--rank', '2', '--batch-size', '2'];
const rounds = [
  '--access',
  'open',
  '--rounds',
  '1',
  '--participants',
  '1',
  '--personal-steps',
  '1',
  '--shared-steps',
  '1',
];

let hub: TestHub;
let env: Record<string, string>;
const system = useSystem(async () => {
  const names = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];
  const contents = await Promise.all(names.map((name) => readFile(join(stories, name))));
  hub = await startTestHub(id, new Map(names.map((name, i) => [name, contents[i]!])));
  env = {
    COLORA_URL: system.url,
    COLORA_KEY: adminKey,
    HF_ENDPOINT: `${hub.url}/`,
    HF_HOME: join(system.folder, 'hf-home'),
    COLORA_CACHE: join(system.folder, 'colora-cache'),
  };
});
after(() => hub?.close());

async function colora(args: readonly string[], extra: Record<string, string> = {}) {
  const ran = await run([...args], { env: { ...env, ...extra } });
  assert.equal(ran.status, 0, `${args.join(' ')}: ${ran.stderr}`);
  return ran;
}

test('create, join and export by the id alone; the group names the commit', async () => {
  const made = await colora([
    'groups',
    'create',
    'stories',
    '--base-model',
    id,
    ...settings,
    ...rounds,
    '--json',
  ]);
  const { baseModel } = groupSchema.parse(JSON.parse(made.stdout)).settings;
  assert.deepEqual([baseModel.name, baseModel.modelType], [`${id}@${commit}`, 'llama']);
  assert.match(made.stderr, /someone\/stories260k model\.safetensors: .* of 1\.0 MB/);
  await colora(['groups', 'start', 'stories']);

  // A member on another machine: an empty cache, no --base-model.
  const data = await writeReviews(system.folder, 'stories', [{ text: 'Tom and his dog went to the park.' }]);
  const where = ['--workspace', join(system.folder, 'writer'), '--group', 'stories'];
  const other = { HF_HOME: join(system.folder, 'other-home') };
  const join_ = ['join', system.url, ...where, '--data', data, '--json'];
  hub.requests.length = 0;
  const unasked = await run(join_, { env: { ...env, ...other, HF_TOKEN: 'hf_mine' } });
  assert.equal(unasked.status, 16, unasked.stderr);
  assert.match(
    unasked.stderr,
    /someone\/stories260k .* is not here: 1\.\d MB from http.*licence apache-2\.0.*--yes/,
  );
  assert.ok(!hub.requests.some((request) => request.includes('/resolve/')), 'nothing was fetched');
  assert.deepEqual([...hub.tokens], []);

  hub.stallAfter = 300_000;
  const stalled = startColora([...join_, '--yes'], { env: { ...env, ...other } });
  await stalled.says(/model\.safetensors: /);
  const began = performance.now();
  stalled.child.kill('SIGTERM');
  await stalled.ended;
  assert.ok(performance.now() - began < 5000, 'a download doesn’t hold up SIGTERM');
  hub.stallAfter = undefined;

  const joined = await colora([...join_, '--yes'], other);
  assert.equal(JSON.parse(joined.stdout).state, 'completed');
  assert.match(joined.stderr, /someone\/stories260k model\.safetensors: .* of 1\.0 MB/);

  // Offline, from what the member has; the adapter says where the model is from.
  hub.requests.length = 0;
  const out = join(system.folder, 'exported');
  await colora(['export', ...where, '--out', out], { ...other, HF_HUB_OFFLINE: '1' });
  assert.deepEqual(hub.requests, []);
  const config = JSON.parse(await readFile(join(out, 'adapter_config.json'), 'utf8'));
  assert.deepEqual([config.base_model_name_or_path, config.revision], [id, commit]);
});

test('a group on somebody’s own files asks its members for theirs, and takes no other model', async () => {
  const made = await colora([
    'groups',
    'create',
    'own',
    '--base-model',
    stories,
    ...settings,
    ...rounds,
    '--json',
  ]);
  assert.equal(groupSchema.parse(JSON.parse(made.stdout)).settings.baseModel.name, 'stories260k');
  await colora(['groups', 'start', 'own']);
  const data = await writeReviews(system.folder, 'own', [{ text: 'Tom and his dog went to the park.' }]);
  const join_ = ['join', system.url, '--group', 'own', '--workspace', join(system.folder, 'own-space')];
  const asked = await run([...join_, '--data', data], { env });
  assert.equal(asked.status, 2, asked.stderr);
  assert.match(
    asked.stderr,
    /base model is stories260k, a file or folder of whoever created the group.*--base-model/,
  );
  const other = await run([...join_, '--data', data, '--base-model', 'use-lite'], { env });
  assert.equal(other.status, 4, other.stderr);
  assert.match(other.stderr, /is not the group's stories260k/);
});

test('what is not there is told at once, with what can be named', async () => {
  const create = (model: string, extra: Record<string, string> = {}) =>
    run(['groups', 'create', 'none', '--base-model', model, ...settings], { env: { ...env, ...extra } });
  const missing = await create('someone/else');
  assert.equal(missing.status, 4, missing.stderr);
  assert.match(missing.stderr, /the Hub has no model someone\/else at revision main/);
  const wrong = await create('./nowhere');
  assert.equal(wrong.status, 2, wrong.stderr);
  assert.match(wrong.stderr, /Pass a Hub id .*a \.gguf file, or use-lite/);
  await rename(join(system.folder, 'hf-home'), join(system.folder, 'away'));
  const offline = await create(id, { HF_HUB_OFFLINE: 'true' });
  assert.equal(offline.status, 4, offline.stderr);
  assert.match(offline.stderr, /is not in the cache .*HF_HUB_OFFLINE/);
});

test('a GGUF file, converted once into the cache', async () => {
  const file = fileURLToPath(new URL('../packages/models/fixtures/gguf/llama.gguf', import.meta.url));
  const create = (name: string) => ['groups', 'create', name, '--base-model', file, ...settings, '--json'];
  const first = await colora(create('first'));
  const { baseModel } = groupSchema.parse(JSON.parse(first.stdout)).settings;
  assert.deepEqual([baseModel.name, baseModel.modelType], ['llama.gguf', 'llama']);
  assert.match(first.stderr, /converting llama\.gguf: /);
  const second = await colora(create('second'));
  assert.doesNotMatch(second.stderr, /converting/);
  assert.deepEqual(groupSchema.parse(JSON.parse(second.stdout)).settings.baseModel, baseModel);
});

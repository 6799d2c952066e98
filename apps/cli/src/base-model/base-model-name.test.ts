// What --base-model names: paths that exist win, then use-lite, then Hub ids; anything else is told all four forms.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { asHubName, readBaseModelName } from './base-model-name.ts';

let folder: string;
let home: string;
before(async () => {
  home = process.cwd();
  folder = await mkdtemp(join(tmpdir(), 'colora-names-'));
  await mkdir(join(folder, 'someone', 'model'), { recursive: true });
  await writeFile(join(folder, 'model.gguf'), '');
  await writeFile(join(folder, 'notes.txt'), '');
  process.chdir(folder);
});
after(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

test('a path that exists wins over an id of the same look', async () => {
  assert.deepEqual(await readBaseModelName('someone/model'), { kind: 'folder', path: 'someone/model' });
  assert.deepEqual(await readBaseModelName('./model.gguf'), { kind: 'gguf', path: './model.gguf' });
  assert.deepEqual(await readBaseModelName('use-lite'), { kind: 'shipped' });
});

test('owner/name is an id, with a revision or without', async () => {
  const main = { id: 'HuggingFaceTB/SmolLM2-135M-Instruct', revision: 'main' };
  assert.deepEqual(await readBaseModelName(main.id), { kind: 'hub', hub: main });
  assert.deepEqual(asHubName(`${main.id}@v1.0`), { ...main, revision: 'v1.0' });
  assert.deepEqual(asHubName('a/b@refs/pr/1'), { id: 'a/b', revision: 'refs/pr/1' });
  for (const text of [
    'gpt2',
    './a/b',
    '/a/b',
    'a/b/c',
    '../b',
    'a/..',
    'a/b@',
    'a/b@../c',
    'a--b/c',
    'a b/c',
    '',
  ]) {
    assert.equal(asHubName(text), undefined, text);
  }
});

test('anything else is told what can be named', async () => {
  const forms = /Hub id .*@revision.*folder .*\.gguf file, or use-lite$/;
  for (const [text, why] of [
    ['gpt2', /gpt2 is no file or folder here, and no Hub id, which has an owner/],
    ['./nowhere', /\.\/nowhere is no file or folder here/],
    ['someone/missing.gguf', /someone\/missing\.gguf is no file or folder here/],
    ['notes.txt', /notes\.txt is a file, but no \.gguf file/],
  ] as const) {
    await assert.rejects(readBaseModelName(text), (error: Error) => {
      assert.equal(error.name, 'UsageError');
      assert.match(error.message, why);
      assert.match(error.message, forms);
      return true;
    });
  }
});

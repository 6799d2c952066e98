// Split GGUF models: whichever part is named, the folder is that of the whole file; a part that is missing is named.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fixturesFolder } from '../testing-references.ts';
import { convertGguf } from './convert-gguf.ts';
import { splitGguf } from './testing-split-gguf.ts';

const source = join(fixturesFolder, 'gguf', 'llama3.gguf');
let folder: string;
let cache: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-split-'));
  cache = join(folder, 'cache');
});
afterEach(() => rm(folder, { recursive: true }));

test('the parts give the files that the whole gives, whichever of them is named, and once', async () => {
  const whole = await convertGguf(source, cache);
  const parts = await splitGguf(source, folder, 'tiny', 3);
  const folders = [];
  for (const part of parts) folders.push(await convertGguf(part, cache));
  assert.equal(new Set(folders).size, 1);
  assert.match(basename(folders[0]!), /^tiny-00001-of-00003-/);
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'generation_config.json'])
    assert.deepEqual(await readFile(join(folders[0]!, name)), await readFile(join(whole, name)), name);
  assert.deepEqual(
    await readFile(join(folders[0]!, 'model.safetensors')),
    await readFile(join(whole, 'model.safetensors')),
  );
  await utimes(parts[2]!, 1, 1); // another third part: another model
  assert.notEqual(await convertGguf(parts[0]!, cache), folders[0]);
});

test('missing parts are named', async () => {
  const parts = await splitGguf(source, folder, 'tiny', 3);
  await rm(parts[0]!);
  await rm(parts[2]!);
  await assert.rejects(convertGguf(parts[1]!, cache), {
    code: 'missing-file',
    message:
      /one of the 3 parts of a model, and .* lacks tiny-00001-of-00003\.gguf, tiny-00003-of-00003\.gguf: put all/,
  });
});

test('a part under another name, or a whole model under the name of a part, is told', async () => {
  const [first, second] = (await splitGguf(source, folder, 'tiny', 2)) as [string, string];
  const renamed = join(folder, 'tiny.gguf');
  await rename(second, renamed);
  await assert.rejects(convertGguf(renamed, cache), {
    code: 'bad-gguf',
    message: /tiny\.gguf is part 2 of 2 by what it says itself: give the parts their names back/,
  });
  const exchanged = join(folder, 'other-00001-of-00002.gguf');
  await rename(renamed, exchanged);
  await rename(first, join(folder, 'other-00002-of-00002.gguf'));
  await assert.rejects(convertGguf(exchanged, cache), {
    code: 'bad-gguf',
    message: /is part 2 of 2 by what/,
  });
});

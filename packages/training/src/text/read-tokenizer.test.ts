// A tokenizer that is none, or of another model, is told before any text becomes ids.
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBaseModel } from '@colora/models/base-model';
import { fixturesFolder } from '@colora/models/testing-references';
import { readTokenizer } from './read-tokenizer.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-tokenizer-'));
  await cp(`${fixturesFolder}tiny-bert`, folder, { recursive: true });
});
after(() => rm(folder, { recursive: true }));

test('the model’s own is read', async () => {
  const tokenizer = await readTokenizer(await openBaseModel(folder), {});
  assert.ok(tokenizer.encode('the cat').ids.length > 0);
});

test('one of a larger model is refused with both sizes, and how to mend it', async () => {
  await cp(`${fixturesFolder}stories260k/tokenizer.json`, join(folder, 'tokenizer.json'));
  await assert.rejects(readTokenizer(await openBaseModel(folder), {}), {
    name: 'ModelError',
    code: 'bad-tokenizer',
    message:
      /tokenizer\.json has ids up to 511, but the model's vocabulary only 64 tokens.*another model; put/,
  });
});

test('what is no tokenizer is refused with its path', async () => {
  for (const text of ['{', '{}', '{"model":{"type":"Magic"}}']) {
    await writeFile(join(folder, 'tokenizer.json'), text);
    await assert.rejects(readTokenizer(await openBaseModel(folder), {}), {
      code: 'bad-tokenizer',
      message: /tokenizer\.json is no tokenizer that can be read/,
    });
  }
});

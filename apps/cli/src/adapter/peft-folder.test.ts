// A PEFT adapter's folder whose weights aren't safetensors, or were never fetched: told what to do about it.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readPeftFolder } from './peft-folder.ts';

test('an adapter_model.bin is named with the way to safetensors', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'colora-peft-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'adapter_config.json'), '{}');
  await writeFile(join(folder, 'adapter_model.bin'), '');
  await assert.rejects(
    readPeftFolder(folder),
    /holds no adapter_model\.safetensors but an adapter_model\.bin: load it in Python .*save_pretrained/,
  );
});

test('a pointer of Git LFS in place of the weights is named with the way to them', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'colora-peft-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'adapter_config.json'), '{}');
  await writeFile(
    join(folder, 'adapter_model.safetensors'),
    'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
  );
  await assert.rejects(readPeftFolder(folder), {
    name: 'UsageError',
    message: /adapter_model\.safetensors is a pointer of Git LFS.*git lfs pull/,
  });
});

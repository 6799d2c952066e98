// A PEFT adapter's folder whose weights aren't safetensors: told what to do with them.
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

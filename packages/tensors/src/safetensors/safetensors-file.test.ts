import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type TensorMap, tensor } from '../tensor.ts';
import { encode } from './safetensors.ts';
import { SafetensorsError } from './safetensors-error.ts';
import { openSafetensors } from './safetensors-file.ts';
import { craftFile, hostileFiles } from './testing-hostile-files.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-tensors-'));
});
after(() => rm(folder, { recursive: true }));

async function written(bytes: Uint8Array): Promise<string> {
  const path = join(folder, 'model.safetensors');
  await writeFile(path, bytes);
  return path;
}

const map: TensorMap = new Map([
  ['x', tensor([2, 2], [1, 2, 3, 4])],
  ['y', tensor([3], [0.5, -1, 0])],
  ['none', tensor([0], [])],
]);

test('single tensors are read by name, in any order, in each float format', async () => {
  for (const dtype of ['F32', 'F16', 'BF16'] as const) {
    const file = await openSafetensors(await written(encode(map, { dtype, metadata: { format: 'pt' } })));
    try {
      assert.deepEqual(file.header.metadata, { format: 'pt' });
      for (const name of ['y', 'none', 'x', 'y']) assert.deepEqual(await file.read(name), map.get(name));
      const both = await Promise.all([file.read('x'), file.read('y')]);
      assert.deepEqual(both, [map.get('x'), map.get('y')]);
    } finally {
      await file.close();
    }
  }
});

test('hostile files are refused with their path', async () => {
  for (const { what, code, bytes } of hostileFiles) {
    if (code === 'unsupported-dtype') continue; // refused when read, see below
    const path = await written(bytes);
    await assert.rejects(
      openSafetensors(path),
      (error) => error instanceof SafetensorsError && error.code === code && error.message.startsWith(path),
      what,
    );
  }
});

test('unknown names, dtypes without a float32 form and missing files are said', async () => {
  const ids = '{"ids":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}';
  const path = await written(craftFile(ids, 8));
  const file = await openSafetensors(path);
  await assert.rejects(file.read('weight'), /holds no tensor weight/);
  await assert.rejects(file.read('ids'), /model\.safetensors: tensor ids is I64/);
  await file.close();
  await assert.rejects(openSafetensors(join(folder, 'missing')), { code: 'ENOENT' });
});

test('a file that shrinks while open is noticed', async () => {
  const path = await written(encode(map));
  const file = await openSafetensors(path);
  await truncate(path, file.header.totalLength - 1);
  await assert.rejects(file.read('y'), /became shorter/);
  await file.close();
});

// Files written tensor by tensor: readable by our own reader, whole or absent.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { tensor } from '../tensor.ts';
import { decode, encode } from './safetensors.ts';
import { SafetensorsError } from './safetensors-error.ts';
import { openSafetensors } from './safetensors-file.ts';
import { writeSafetensors } from './safetensors-writer.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-writer-'));
});
after(() => rm(folder, { recursive: true }));

test('a file is copied tensor by tensor, other dtypes among them', async () => {
  const path = join(folder, 'mixed.safetensors');
  const plan = [
    { name: 'positions', dtype: 'I64', shape: [1, 2] },
    { name: 'w', dtype: 'F32', shape: [2] },
    { name: 'none', dtype: 'BF16', shape: [0, 3] },
  ] as const;
  const contents: Record<string, Uint8Array> = {
    positions: new Uint8Array(new BigInt64Array([7n, -1n]).buffer),
    w: new Uint8Array(new Float32Array([1.5, -2]).buffer),
    none: new Uint8Array(0),
  };
  await writeSafetensors(path, plan, async ({ name }) => contents[name]!, { format: 'pt' });
  const file = await openSafetensors(path);
  try {
    assert.deepEqual(
      file.header.tensors.map(({ name, dtype }) => [name, dtype]),
      plan.map(({ name, dtype }) => [name, dtype]),
    );
    for (const { name } of plan) assert.deepEqual(await file.readBytes(name), contents[name]);
    assert.deepEqual(await file.read('w'), tensor([2], [1.5, -2]));
    assert.deepEqual(file.header.metadata, { format: 'pt' });
  } finally {
    await file.close();
  }
});

test('in sorted order it writes the very bytes that encode gives', async () => {
  const tensors = new Map([
    ['a', tensor([2], [1, 2])],
    ['b', tensor([1, 1], [3])],
  ]);
  const path = join(folder, 'same.safetensors');
  const plan = [...tensors].map(([name, { shape }]) => ({ name, shape, dtype: 'F32' as const }));
  await writeSafetensors(path, plan, async ({ name }) => new Uint8Array(tensors.get(name)!.data.buffer));
  assert.deepEqual(new Uint8Array(await readFile(path)), encode(tensors));
  assert.deepEqual(decode(await readFile(path)).tensors, tensors);
});

test('bytes of another length are refused by name, and nothing is left behind', async () => {
  const path = join(folder, 'broken.safetensors');
  const plan = [{ name: 'w', dtype: 'F16', shape: [3] }] as const;
  await assert.rejects(
    writeSafetensors(path, plan, async () => new Uint8Array(4)),
    (error) =>
      error instanceof SafetensorsError && /tensor w of shape \[3\] needs 6 bytes/.test(error.message),
  );
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('broken')),
    [],
  );
});

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { link, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ChosenRows } from '@colora/tfjs-onnx/passes/chosen-rows';
import { createHeldFiles, type HeldFile } from './held-files.ts';
import { openRows } from './read-rows.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-held-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function written(name: string, byte: number): Promise<string> {
  const path = join(folder, name);
  await writeFile(`${path}.new`, Uint8Array.of(byte));
  await rename(`${path}.new`, path);
  return path;
}

function byteOf(file: HeldFile): number {
  const bytes = new Uint8Array(1);
  assert.equal(file.read(bytes, 0, 1, 0), 1);
  return bytes[0]!;
}

const isLinux = process.platform === 'linux';
const openNow = () => (isLinux ? readdirSync('/proc/self/fd').length : 0);

test('a file that is held stays what it was; its path tells of the one that lies there now', {
  skip: process.platform === 'win32' && 'an open file keeps its name there',
}, async () => {
  const path = await written('replaced', 1);
  const files = createHeldFiles();
  const before = files.hold(path);
  await written('replaced', 2);
  const since = files.hold(path);
  assert.deepEqual([byteOf(before), byteOf(since)], [1, 2]);
  await rm(path);
  assert.deepEqual([byteOf(before), byteOf(since)], [1, 2]);
  assert.throws(() => files.hold(path), { code: 'ENOENT' });
  before.letGo();
  before.letGo();
  assert.equal(byteOf(since), 2);
  assert.throws(() => byteOf(before), /was closed/);
  since.letGo();
});

test('one file is opened once, by whatever name, until nobody holds it', { skip: !isLinux }, async () => {
  const path = await written('one', 1);
  const other = join(folder, 'other-name');
  await link(path, other);
  const files = createHeldFiles();
  const none = openNow();
  const held = [path, other, path].map((name) => files.hold(name));
  assert.equal(openNow(), none + 1);
  held[0]!.letGo();
  held[0]!.letGo();
  held[1]!.letGo();
  assert.equal(byteOf(held[2]!), 1);
  held[2]!.letGo();
  assert.equal(openNow(), none);
});

test('where one of several files is missing, none stays open', { skip: !isLinux }, async () => {
  await written('there', 1);
  const rowsOf = (file: string): ChosenRows => ({
    name: file,
    tensor: { name: file, shape: [1, 1], dtype: 'F32', file, offset: 0, length: 4 },
    places: 'ids',
  });
  const none = openNow();
  const open = () => openRows([rowsOf('there'), rowsOf('missing')], folder, createHeldFiles());
  assert.throws(open, { code: 'ENOENT' });
  assert.equal(openNow(), none);
});

// Files come back as they were, and an archive can name nothing beside its folder.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type ArchivedFile, archived, isPlainPath, unarchive } from './archive.ts';

const folder = mkdtempSync(join(tmpdir(), 'colora-archive-'));
after(() => rmSync(folder, { recursive: true }));
let number = 0;
const fresh = () => {
  number += 1;
  return join(folder, `out-${number}`);
};

async function* bytesOf(...parts: (Uint8Array | string)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}
function headOf(head: object | string): Buffer {
  const text = Buffer.from(typeof head === 'string' ? head : JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text]);
}
const end = Buffer.alloc(4);
const refused = (...parts: (Uint8Array | string)[]) =>
  assert.rejects(unarchive(bytesOf(...parts), fresh()), { code: 'bad-file', message: /no workspace/ });

test('files come back as they were, readable by their owner alone', async () => {
  const from = join(folder, 'in');
  await mkdir(join(from, 'größe', 'outbox'), { recursive: true });
  const files: ArchivedFile[] = [
    { path: ['key.json'], bytes: 3 },
    { path: ['größe', 'outbox', 'a.safetensors'], bytes: 100_000 },
    { path: ['größe', 'empty'], bytes: 0 },
  ];
  for (const { path, bytes } of files) writeFileSync(join(from, ...path), Buffer.alloc(bytes, path.length));
  const to = fresh();
  assert.equal(await unarchive(archived(from, files), to), 3);
  for (const { path } of files) {
    assert.deepEqual(readFileSync(join(to, ...path)), readFileSync(join(from, ...path)));
    if (process.platform !== 'win32') assert.equal(statSync(join(to, ...path)).mode & 0o077, 0);
  }
  writeFileSync(join(from, 'key.json'), '1');
  await assert.rejects(unarchive(archived(from, files), fresh()), { code: 'workspace-locked' });
});

test('a path that leads out of the folder, or is none on some system, is no path', async () => {
  const wrong = [
    '..',
    '.',
    '',
    'a/b',
    '/etc',
    'a\\b',
    'C:',
    'nul\u0000',
    'ends.',
    'ends ',
    'a\nb',
    '*',
    'x'.repeat(256),
  ];
  for (const name of wrong) {
    assert.equal(isPlainPath([name]), false, name);
    assert.equal(isPlainPath(['group', name]), false, name);
    await refused(headOf({ path: [name], bytes: 1 }), 'x', end);
  }
  await refused(headOf({ path: ['..', '..', 'etc', 'passwd'], bytes: 1 }), 'x', end);
  await refused(headOf({ path: [], bytes: 1 }), 'x', end);
  await refused(headOf({ path: Array(9).fill('a'), bytes: 1 }), 'x', end);
  assert.equal(
    readdirSync(folder).some((name) => name === 'etc'),
    false,
  );
});

test('what isn’t whole or is something else is refused', async () => {
  await refused();
  await refused(headOf({ path: ['a'], bytes: 1 }), 'x');
  await refused(headOf({ path: ['a'], bytes: 5 }), 'x', end);
  await refused(end, 'more');
  await refused(headOf('no JSON'), end);
  await refused(headOf({ path: ['a'], bytes: 1, link: '/etc/passwd' }), 'x', end);
  await refused(headOf({ path: ['a'], bytes: -1 }), end);
  await refused(headOf({ path: ['a'], bytes: 2 ** 50 }), end);
  await refused(Buffer.of(0xff, 0xff, 0xff, 0xff));
  const one = [headOf({ path: ['a'], bytes: 1 }), 'x'];
  await assert.rejects(unarchive(bytesOf(...one, ...one, end), fresh()), /cannot write/);
});

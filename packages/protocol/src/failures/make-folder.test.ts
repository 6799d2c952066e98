// A folder is made with those above it, or the system's error is told; never waited for without an end.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeFolder } from './make-folder.ts';

let root = '';
before(() => {
  root = mkdtempSync(join(tmpdir(), 'colora-make-'));
});
after(() => rmSync(root, { recursive: true }));

test('with those above it, by its mode, and once more', () => {
  const folder = join(root, 'a', 'b', 'c');
  makeFolder(folder, 0o700);
  makeFolder(folder, 0o700);
  for (const one of ['a', 'a/b', 'a/b/c'])
    if (process.platform !== 'win32') assert.equal(statSync(join(root, one)).mode & 0o777, 0o700);
  makeFolder(`${join(root, 'd', 'e')}/`);
  assert.ok(statSync(join(root, 'd', 'e')).isDirectory());
});

test('a file in the way, a link to nothing, a place where none can be made', () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  assert.throws(() => makeFolder(file), { code: 'EEXIST' });
  if (process.platform === 'win32') return;
  assert.throws(() => makeFolder(join(file, 'x', 'y')), { code: 'ENOTDIR' });
  symlinkSync(join(root, 'nowhere'), join(root, 'link'));
  assert.throws(() => makeFolder(join(root, 'link', 'x')), { code: /EEXIST|ENOENT/ });
  if (process.platform === 'linux') assert.throws(() => makeFolder('/proc/colora/x'), { code: 'ENOENT' });
});

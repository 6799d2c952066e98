// A file that is held for a moment, as virus scanners on Windows hold what was just written: here by a mount on it, where
// one may be made.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { renameOver } from './rename-over.ts';

const folder = mkdtempSync(join(tmpdir(), 'colora-rename-'));
const [held, next, other] = ['held', 'next', 'other'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
writeFileSync(held, 'old');
writeFileSync(next, 'new');
writeFileSync(other, 'other');
const mounted = spawnSync('mount', ['--bind', other, held], { stdio: 'ignore' }).status === 0;
const letGo = () => spawnSync('umount', [held], { stdio: 'ignore' });
after(() => {
  if (mounted) letGo();
  rmSync(folder, { recursive: true, force: true });
});

test('a file that is held for a moment is replaced once it is free', {
  skip: !mounted && 'nothing can be mounted here',
}, async () => {
  setTimeout(letGo, 300);
  await renameOver(next, held);
  assert.equal(await readFile(held, 'utf8'), 'new');
});

test('what is not there is told at once', async () => {
  const started = performance.now();
  await assert.rejects(renameOver(join(folder, 'none'), held), { code: 'ENOENT' });
  assert.ok(performance.now() - started < 1_000);
});

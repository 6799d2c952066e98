// Files are replaced whole, readable by their owner alone, and a kill in mid-write leaves the old bytes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { removeHalfWritten, writeAtomic } from './atomic-file.ts';

const folder = await mkdtemp(join(tmpdir(), 'colora-atomic-'));
after(() => rm(folder, { recursive: true }));

test('writes, replaces, makes folders, leaves nothing beside', async () => {
  const path = join(folder, 'deep', 'er', 'file');
  await writeAtomic(path, 'one');
  await writeAtomic(path, Uint8Array.of(50));
  assert.equal(await readFile(path, 'utf8'), '2');
  assert.deepEqual(await readdir(join(folder, 'deep', 'er')), ['file']);
  if (process.platform !== 'win32') assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('a failed write leaves the old bytes and no rest', async () => {
  const path = join(folder, 'kept');
  await writeAtomic(path, 'old');
  await assert.rejects(writeAtomic(join(path, 'below-a-file'), 'new'));
  assert.equal(await readFile(path, 'utf8'), 'old');
});

test('killed in mid-write, the file is whole', async () => {
  const target = join(folder, 'target');
  const module = fileURLToPath(new URL('./atomic-file.ts', import.meta.url));
  const script = `
    const { writeAtomic } = await import(${JSON.stringify(module)});
    for (let n = 0; ; n = (n + 1) % 10) await writeAtomic(${JSON.stringify(target)}, String(n).repeat(400_000));`;
  for (let kill = 0; kill < 3; kill += 1) {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    const ended = once(child, 'exit');
    while (!(await stat(target).catch(() => null))) await delay(20);
    await delay(40 + 60 * kill);
    child.kill('SIGKILL');
    await ended;
    const text = await readFile(target, 'utf8');
    assert.equal(text, text[0]!.repeat(400_000));
    await rm(target);
  }
  await removeHalfWritten(folder);
  assert.ok((await readdir(folder)).every((name) => !name.includes('writing')));
});

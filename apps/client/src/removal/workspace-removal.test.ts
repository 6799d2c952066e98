// What is taken of a workspace, and what of its folder isn't its own.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { lockWorkspace } from '../workspace/workspace-lock.ts';
import { removeWorkspace, workspaceEntries } from './workspace-removal.ts';

const folder = await mkdtemp(join(tmpdir(), 'colora-removal-'));
after(() => rm(folder, { recursive: true, force: true }));

test('a workspace goes with all that is its own, not under a daemon’s hands, and a folder with other things stays with these', async () => {
  const workspace = join(folder, 'workspace');
  const group = join(workspace, 'reviews');
  for (const path of [group, join(workspace, '.sent'), join(workspace, 'photos')])
    await mkdir(path, { recursive: true });
  for (const path of [
    'key.json',
    'reviews/group.json',
    '.sent/2026-01-01.jsonl',
    'photos/me.png',
    'mine.jsonl',
  ])
    await writeFile(join(workspace, path), '');
  const lock = await lockWorkspace(group);
  assert.deepEqual((await workspaceEntries(workspace)).sort(), ['.sent', 'key.json', 'reviews']);
  await assert.rejects(removeWorkspace(workspace), { code: 'workspace-locked' });
  assert.equal((await readdir(workspace)).length, 5, 'nothing was removed');
  await lock.release();
  await removeWorkspace(workspace);
  assert.deepEqual((await readdir(workspace)).sort(), ['mine.jsonl', 'photos']);
  assert.deepEqual(await workspaceEntries(workspace), []);
  const alone = join(folder, 'alone');
  await mkdir(alone);
  await writeFile(join(alone, 'key.json'), '');
  await removeWorkspace(alone);
  assert.deepEqual(await readdir(folder), ['workspace']);
  await removeWorkspace(alone); // again
});

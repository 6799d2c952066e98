// What is told of a workspace: one that isn't there, a sound one, and each thing that can be wrong with one.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { groupPaths } from './workspace/group-workspace.ts';
import { keepIdentity } from './workspace/identity.ts';
import { checkWorkspace } from './workspace-health.ts';

const folder = mkdtempSync(join(tmpdir(), 'colora-health-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const statesOf = async (workspace: string) =>
  (await checkWorkspace(workspace)).map(({ what, state }) => `${what}: ${state}`);

test('none, a new one, one that others may read, one that is damaged', async () => {
  assert.deepEqual(await statesOf(join(folder, 'none')), ['workspace: ok']);
  const workspace = join(folder, 'w');
  mkdirSync(workspace, { mode: 0o700 });
  await keepIdentity(workspace, { url: 'http://127.0.0.1:1', participant: 'ada', key: 'k' });
  assert.deepEqual(await statesOf(workspace), ['workspace: ok', 'key: ok']);
  const paths = groupPaths(workspace, 'reviews');
  mkdirSync(paths.folder, { recursive: true });
  assert.deepEqual(await statesOf(workspace), ['workspace: ok', 'key: ok'], 'a folder that holds no group');
  writeFileSync(paths.groupFile, '{"name":');
  writeFileSync(join(workspace, 'key.json'), 'none');
  const open = process.platform === 'win32' ? 'ok' : 'fault';
  chmodSync(workspace, 0o755);
  assert.deepEqual(await statesOf(workspace), [`workspace: ${open}`, 'key: fault', 'group reviews: fault']);
});

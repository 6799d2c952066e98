// After a whole small run nobody but its owner can read a file of it, whoever made it, whatever the umask: data folder, workspace,
// exports, figures, logs. And the first admin key is in no output that ends up in a log.
import assert from 'node:assert/strict';
import { chmod, lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { layEmbeddedDatabase } from '@colora/coordinator/testing/embedded';
import { reviews, writeReviews } from '../support/people.ts';
import { colora as run, startColora } from '../support/processes.ts';

process.umask?.(0); // the processes below have it from here
const folder = await mkdtemp(join(tmpdir(), 'colora-files-'));
after(() => rm(folder, { recursive: true, force: true }));

/** Files that are not 0600 and folders that are not 0700, with their modes. */
async function openBelow(root: string): Promise<string[]> {
  const open: string[] = [];
  for (const name of ['', ...(await readdir(root, { recursive: true }))]) {
    const stat = await lstat(join(root, name));
    const mode = (stat.mode & 0o777).toString(8);
    if (mode !== (stat.isDirectory() ? '700' : '600')) open.push(`${mode} ${join(root, name)}`);
  }
  return open;
}

async function openToAll(root: string): Promise<void> {
  for (const name of await readdir(root, { recursive: true })) {
    const path = join(root, name);
    await chmod(path, (await lstat(path)).isDirectory() ? 0o777 : 0o666);
  }
}

test('data folder, workspace and exports are their owner’s alone', {
  skip: process.platform === 'win32',
}, async (t) => {
  const data = join(folder, 'data');
  await layEmbeddedDatabase(data);
  await openToAll(data); // as versions before made it
  await chmod(data, 0o755);
  const coordinator = startColora(['coordinator', '--port', '0', '--data', data]);
  t.after(() => coordinator.child.kill('SIGKILL'));
  const url = await coordinator.says(/coordinator at (\S+)/);
  const keyFile = await coordinator.says(/admin key .*: (\S+)\n/);
  assert.equal(keyFile, join(data, 'admin.key'));
  const key = (await readFile(keyFile, 'utf8')).trim();

  const colora = async (...args: string[]) => {
    const { status, stdout, stderr } = await run(args, {
      env: { COLORA_URL: url, COLORA_KEY_FILE: keyFile },
    });
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  await colora(
    ...[
      'groups',
      'create',
      'reviews',
      '--base-model',
      'use-lite',
      '--labels',
      'good,bad',
      '--layout',
      'core',
    ],
    ...[
      '--rounds',
      '1',
      '--participants',
      '1',
      '--rank',
      '2',
      '--targets',
      'pooler',
      '--max-tokens',
      '8',
      '--start',
      '--access',
      'open',
    ],
  );
  const workspace = join(folder, 'workspace');
  const examples = await writeReviews(folder, 'mine', reviews(1, 8));
  const where = ['--group', 'reviews', '--workspace', workspace];
  await colora('join', url, ...where, '--data', examples, '--hold-out', '0.25', '--threads', '1');
  const [adapter, merged] = [join(folder, 'exports', 'adapter'), join(folder, 'exports', 'merged')];
  await colora('export', ...where, '--out', adapter);
  await colora('export', ...where, '--out', merged, '--format', 'merged');

  for (const root of [data, workspace, join(folder, 'exports')])
    assert.deepEqual(await openBelow(root), [], root);
  coordinator.child.kill('SIGTERM');
  const { stdout, stderr } = await coordinator.ended;
  assert.ok(!(stdout + stderr).includes(key), 'the key is in no output');
  assert.deepEqual(await openBelow(data), []);
});

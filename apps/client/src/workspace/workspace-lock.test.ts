// One holder at a time; the lock of a dead process is taken over, that of a live one is not.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sleep } from '../abortable.ts';
import { inTurn, lockWorkspace } from './workspace-lock.ts';

const root = await mkdtemp(join(tmpdir(), 'colora-lock-'));
after(() => rm(root, { recursive: true }));
const locked = { code: 'workspace-locked' };

test('a second one in the same process is refused until the first lets go', async () => {
  const folder = join(root, 'same');
  const first = await lockWorkspace(folder);
  await assert.rejects(lockWorkspace(folder), locked);
  await first.release();
  await (await lockWorkspace(folder)).release();
  assert.equal((await readdir(folder)).length, 1, 'one file, marked free');
});

test('a folder in which nothing else is goes with its lock, where that is asked for', async () => {
  const folder = join(root, 'unused');
  await (await lockWorkspace(folder)).release({ unused: true });
  assert.ok(!(await readdir(root)).some((name) => name.startsWith('unused')));
  const lock = await lockWorkspace(folder);
  await writeFile(join(folder, 'group.json'), '{}');
  await lock.release({ unused: true });
  assert.deepEqual((await readdir(folder)).sort(), ['group.json', 'lock-1']);
});

test('a live process keeps it, a killed one loses it', async () => {
  const folder = join(root, 'other');
  const module = fileURLToPath(new URL('./workspace-lock.ts', import.meta.url));
  const script = `
    const { lockWorkspace } = await import(${JSON.stringify(module)});
    await lockWorkspace(${JSON.stringify(folder)});
    console.log('held');
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
  await once(child.stdout, 'data');
  await assert.rejects(lockWorkspace(folder), {
    code: 'workspace-locked',
    message: new RegExp(`process ${child.pid}`),
  });
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  await (await lockWorkspace(folder)).release();
});

test('our own process number from an earlier life, a reused number and rubbish are stale', async () => {
  const lives = [
    JSON.stringify({ token: 'x', pid: process.pid, host: hostname(), started: null }),
    JSON.stringify({ token: 'x', pid: process.ppid, host: hostname(), started: '1' }),
    JSON.stringify({ token: 'x', pid: process.ppid, host: 'another-container', started: null }),
    'rubbish',
  ];
  for (const [index, text] of lives.entries()) {
    if (index === 1 && process.platform !== 'linux') continue;
    const folder = join(root, `stale-${index}`);
    await (await lockWorkspace(folder)).release();
    await writeFile(join(folder, 'lock-1'), text);
    await (await lockWorkspace(folder)).release();
    assert.deepEqual(await readdir(folder), ['lock-2'], text);
  }
});

test('of many who take a stale lock at once, one gets it', async () => {
  for (let time = 0; time < 20; time += 1) {
    const folder = join(root, `race-${time}`);
    await (await lockWorkspace(folder)).release();
    await writeFile(join(folder, 'lock-1'), 'stale');
    const tries = await Promise.allSettled(Array.from({ length: 12 }, () => lockWorkspace(folder)));
    assert.equal(tries.filter((one) => one.status === 'fulfilled').length, 1);
  }
});

test('taking and letting go at random, never two hold it', async () => {
  const folder = join(root, 'many');
  const { signal } = new AbortController();
  let inside = 0;
  const worker = async () => {
    for (let time = 0; time < 15; time += 1) {
      const lock = await lockWorkspace(folder).catch(() => null);
      if (lock === null) {
        await sleep(Math.random() * 0.003, signal);
        continue;
      }
      inside += 1;
      assert.equal(inside, 1);
      await sleep(Math.random() * 0.002, signal);
      inside -= 1;
      await lock.release();
    }
  };
  await Promise.all(Array.from({ length: 6 }, worker));
});

test('inTurn runs one after the other and passes errors on', async () => {
  const folder = join(root, 'turns');
  let inside = 0;
  const work = async () => {
    inside += 1;
    assert.equal(inside, 1);
    await new Promise((done) => setTimeout(done, 10));
    inside -= 1;
  };
  const { signal } = new AbortController();
  await Promise.all([
    inTurn(folder, signal, work),
    inTurn(folder, signal, work),
    inTurn(folder, signal, work),
  ]);
  await assert.rejects(
    inTurn(folder, signal, () => Promise.reject(new Error('mine'))),
    /mine/,
  );
  const held = await lockWorkspace(folder);
  const abort = new AbortController();
  const waiting = inTurn(folder, abort.signal, work);
  abort.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  await held.release();
});

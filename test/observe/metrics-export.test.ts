// `colora metrics export` against a real coordinator: the curves that a tracker has afterwards are the coordinator's, by value, each
// point once however often the command was stopped. Read by the trackers' own libraries where COLORA_TEST_TRACKERS names a Python
// that has them (tensorboard; mlflow; trackio).
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { joinAs, makeGroup, type TestMember, tensors } from '@colora/coordinator/testing/group';
import { freePort } from '../support/free-port.ts';
import { colora, startColora } from '../support/processes.ts';
import { adminKey, useSystem } from '../support/system.ts';

const system = useSystem(async () => {
  const rounds = { count, participants: 2, quorum: 2, deadlineSeconds: 600 };
  await makeGroup(system.url, { name: group, settings: { rounds }, key: adminKey });
  for (const name of ['ana', 'bén']) members.push(await joinAs(system.url, name, group));
  await playRound(1);
  await playRound(2);
});
const python = process.env.COLORA_TEST_TRACKERS;
const reader = fileURLToPath(new URL('../../scripts/read-curves.py', import.meta.url));
const env = () => ({ COLORA_URL: system.url, COLORA_KEY: adminKey, TRACKIO_WRITE_TOKEN: 'trackio-token' });
const group = 'curves';
const count = 5;
const members: TestMember[] = [];

type Curves = Record<string, Record<string, [step: number, value: number][]>>;

/** Ends when its checkpoint is judged. */
async function playRound(version: number): Promise<void> {
  const isOpen = (now: Awaited<ReturnType<TestMember['assignment']>>) => now.round?.number === version;
  for (const [at, member] of members.entries()) {
    await member.until(`round ${version}`, isOpen);
    const update = tensors({ 'x.shared.A': [0.1, 0.2], 'x.shared.B': [0, 0, 0.1] });
    await member.contribute(update, { metadata: { sharedLoss: 1 / (version + at) } });
  }
  for (const [at, member] of members.entries()) {
    await member.until('its checkpoint', ({ checkpoint }) => checkpoint?.version === version);
    const metrics = { accuracy: 0.5 + version / 16 + at / 32 };
    await member.api.call('postMetrics', { params: { group }, body: { round: version, metrics } });
  }
}

/** What the coordinator tells, `run` naming the rounds' run and a member's. */
async function expected(run: (member: string | null) => string): Promise<Curves> {
  const list = async (...args: string[]) =>
    JSON.parse((await colora([...args, '--json', '--limit', '1000'], { env: env() })).stdout).items;
  const curves: Curves = {};
  const add = (member: string | null, name: string, step: number, value: number) => {
    curves[run(member)] ??= {};
    curves[run(member)]![name] ??= [];
    curves[run(member)]![name]!.push([step, value]);
  };
  for (const { version, state, metrics } of (await list('rounds', 'list', group)).reverse())
    if (state === 'committed')
      for (const [name, value] of Object.entries(metrics)) add(null, name, version + 1, value as number);
  for (let version = 1; version <= curves[run(null)]!.seconds!.length; version += 1)
    for (const [at, { name }] of members.entries())
      add(name, 'accuracy', version, 0.5 + version / 16 + at / 32);
  return curves;
}

/** Float32 is what TensorBoard keeps. */
function assertSame(found: Curves, wanted: Curves): void {
  const shape = (curves: Curves) =>
    Object.fromEntries(
      Object.entries(curves)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([run, tags]) => [
          run,
          Object.fromEntries(
            Object.entries(tags)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([name, points]) => [name, points.map(([step, value]) => [step, Math.fround(value)])]),
          ),
        ]),
    );
  assert.deepEqual(shape(found), shape(wanted));
}

async function exportTo(kind: string, place: string, ...more: string[]): Promise<string> {
  const args = ['metrics', 'export', '--group', group, '--to', kind, place, ...more];
  const { status, stdout, stderr } = await colora(args, { env: env() });
  assert.equal(status, 0, stderr);
  return stdout;
}

function read(...args: string[]): Curves {
  const { status, stdout, stderr } = spawnSync(python!, [reader, ...args], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

async function readCsv(file: string): Promise<Curves> {
  const curves: Curves = {};
  const [head, ...rows] = (await readFile(file, 'utf8')).trimEnd().split('\n');
  assert.equal(head, 'group,created,member,name,checkpoint,value,at');
  for (const row of rows) {
    const [of, , member, name, step, value] = row.split(',') as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    assert.equal(of, group);
    curves[member] ??= {};
    curves[member]![name] ??= [];
    curves[member]![name]!.push([Number(step), Number(value)]);
  }
  return curves;
}

/** Why the test of a tracker can't run: no Python is named, or it lacks the tracker. */
function without(module: string): { skip: string | false } {
  if (python === undefined) return { skip: 'COLORA_TEST_TRACKERS is not set' };
  const has = spawnSync(python, ['-c', `import importlib.util as u; exit(u.find_spec('${module}') is None)`]);
  return { skip: has.status !== 0 && `${python} has no ${module}` };
}

test('a file grows as the group does: stopped, torn and followed to the end, each point is in it once', async () => {
  const file = join(system.folder, 'curves.csv');
  const runs = join(system.folder, 'runs');
  assert.match(await exportTo('csv', file), /^\d+ points of curves in /);
  await exportTo('tensorboard', runs);
  assert.match(await exportTo('csv', file), /^Nothing new/);
  await appendFile(file, 'curves,torn'); // as a kill leaves it
  const following = startColora(
    ['metrics', 'export', '--group', group, '--to', 'csv', file, '--follow', '--every', '1'],
    { env: env() },
  );
  await playRound(3);
  await following.says(/points written/);
  following.child.kill('SIGTERM');
  await following.ended;
  const last = startColora(
    ['metrics', 'export', '--group', group, '--to', 'csv', file, '--follow', '--every', '1'],
    { env: env() },
  );
  for (let version = 4; version <= count; version += 1) await playRound(version);
  await last.ended;
  await exportTo('csv', file); // what members told of the last checkpoint after it ended
  const wanted = await expected((member) => member ?? '');
  assert.equal(Object.keys(wanted).length, 3);
  assertSame(await readCsv(file), wanted);
  if (without('tensorboard').skip !== false) return;
  await exportTo('tensorboard', runs);
  assertSame(
    read('tensorboard', runs),
    await expected((member) => (member === null ? group : `${group}/${member}`)),
  );
});

test('a file or folder of something else is left as it is', async () => {
  const file = join(system.folder, 'notes.csv');
  await appendFile(file, 'my notes\n');
  const { status, stderr } = await colora(['metrics', 'export', '--group', group, '--to', 'csv', file], {
    env: env(),
  });
  assert.deepEqual([status, await readFile(file, 'utf8')], [2, 'my notes\n']);
  assert.match(stderr, /holds something else/);
  const wrong = await colora(['metrics', 'export', '--group', group, '--to', 'wandb', 'x'], { env: env() });
  assert.match(wrong.stderr, /tensorboard, mlflow, trackio, csv/);
});

const servers: ChildProcess[] = [];
after(() => {
  for (const { pid } of servers) process.kill(-pid!, 'SIGKILL');
});

async function serve(
  args: readonly string[],
  port: number,
  path: string,
  more: object = {},
): Promise<string> {
  const server = spawn(python!, args, {
    ...{ cwd: system.folder, detached: true, stdio: 'ignore' as const },
    env: { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false', ...more },
  });
  servers.push(server);
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 600; tries += 1) {
    const isUp = await fetch(url + path).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return url;
    await sleep(200);
  }
  throw new Error(`nothing answers at ${url}`);
}

test('an MLflow server has the curves', without('mlflow'), async () => {
  const port = await freePort();
  const store = ['--backend-store-uri', `sqlite:///${join(system.folder, 'mlflow.db')}`];
  const url = await serve(
    ['-m', 'mlflow', 'server', '--port', `${port}`, '--workers', '1', ...store],
    port,
    '/health',
  );
  await exportTo('mlflow', url);
  assert.match(await exportTo('mlflow', url), /^Nothing new/);
  assertSame(read('mlflow', url, `colora ${group}`), await expected((member) => member ?? group));
});

test('a Trackio server has the curves', without('trackio'), async () => {
  const port = await freePort();
  const folder = join(system.folder, 'trackio');
  const code = `import trackio; trackio.show(server_port=${port}, open_browser=False, block_thread=True)`;
  const more = {
    TRACKIO_DIR: folder,
    TRACKIO_WRITE_TOKEN: env().TRACKIO_WRITE_TOKEN,
    GRADIO_SERVER_PORT: `${port}`,
  };
  const url = await serve(['-c', code], port, '/version', more);
  await exportTo('trackio', url);
  assert.match(await exportTo('trackio', url), /^Nothing new/);
  const { createdAt } = JSON.parse(
    (await colora(['groups', 'show', group, '--json'], { env: env() })).stdout,
  );
  const found = read('trackio', folder, `colora-${group}`);
  assertSame(found, await expected((member) => `${member ?? 'Rounds'} ${createdAt}`));
});

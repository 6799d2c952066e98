// A Postgres server of the test's own under a running coordinator, in every way it can be away: on every route callers
// are told 503 with Retry-After, /ready answers soon, the log tells once that it went and once that it is back, and the
// round goes on. The relay that cuts connections is apps/coordinator/src/database/outage.test.ts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildCoordinator, type Coordinator } from '@colora/coordinator/coordinator';
import { adminKey, joinAs, makeGroup, type TestMember, tensors } from '@colora/coordinator/testing/group';
import type pg from 'pg';
import { pino } from 'pino';
import { findPostgres, type Postgres, startPostgres } from '../chaos/system/postgres.ts';

const path = process.env.PATH ?? '';
const update = tensors({ 'x.shared.A': [1, 1] });
const skip = (await findPostgres(path)) === null && 'Postgres is not installed here';

/** A coordinator on a server of its own, with a member in a round that collects, and what the log said since. */
interface Scene {
  readonly server: Postgres;
  readonly coordinator: Coordinator;
  readonly ada: TestMember;
  /** Of level info and above; a request that is served says nothing there. */
  readonly lines: { readonly msg: string; readonly err?: object; readonly trouble?: string }[];
}

/** `prepare` is given the server's folder to be, and returns what undoes it. */
function useScene(settings: readonly string[] = [], prepare = async (_folder: string) => () => {}): Scene {
  let undo = () => {};
  let folder: string;
  const scene = { lines: [] } as unknown as { -readonly [Key in keyof Scene]: Scene[Key] };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'colora-outage-'));
    spawnSync('chmod', ['755', folder]);
    await mkdir(join(folder, 'postgres'));
    undo = await prepare(join(folder, 'postgres'));
    scene.server = await startPostgres(folder, path, settings);
    const logger = pino(
      { level: 'info' },
      { write: (line: string) => void scene.lines.push(JSON.parse(line)) },
    );
    const options = { databaseUrl: scene.server.url, dataFolder: folder, port: 0, adminKey, logger };
    scene.coordinator = await buildCoordinator(options);
    await makeGroup(scene.coordinator.url, { settings: { rounds: { count: 1, participants: 1 } } });
    scene.ada = await joinAs(scene.coordinator.url, 'ada');
    await scene.ada.until('a round', ({ round }) => round !== null);
    scene.lines.length = 0;
  });
  after(async () => {
    await scene.server?.thaw();
    await scene.coordinator?.close();
    await scene.server?.kill();
    undo();
    await rm(folder, { recursive: true, force: true });
  });
  return scene;
}

interface Answer {
  readonly route: string;
  readonly status: number;
  readonly retryAfter: string | null;
  readonly code: string;
  readonly detail: string;
  readonly ms: number;
}

async function ask(url: string, route: string, key: string, init: RequestInit = {}): Promise<Answer> {
  const began = performance.now();
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...init.headers };
  const response = await fetch(url + route.split(' ')[1], { method: route.split(' ')[0]!, ...init, headers });
  const { code = '', detail = '' } = (await response.json()) as Partial<Answer>;
  const ms = performance.now() - began;
  return {
    route,
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    code,
    detail,
    ms,
  };
}

/** One of each kind: read, written, with a key that is remembered, with bytes, without a key. */
async function askEverywhere({ coordinator: { url }, ada }: Scene): Promise<Answer[]> {
  const digest = { 'content-digest': `sha-256=:${Buffer.alloc(32).toString('base64')}:` };
  const bytes = {
    body: new Uint8Array(1e6),
    headers: { 'content-type': 'application/octet-stream', ...digest },
  };
  return Promise.all([
    ask(url, 'GET /ready', adminKey),
    ask(url, 'GET /v1/me', ada.key),
    ask(url, 'GET /v1/groups', adminKey),
    ask(url, 'POST /v1/groups/group/pause', adminKey, { body: '{}' }),
    ask(url, 'GET /v1/groups/group/assignment', ada.key),
    ask(url, 'GET /v1/groups/group/checkpoints/latest', ada.key),
    ask(url, 'PUT /v1/groups/group/rounds/1/contribution', ada.key, bytes),
    ask(url, 'POST /v1/groups/group/members', ada.key, { body: '{}' }),
  ]);
}

function assertAway(answers: readonly Answer[], words: RegExp): void {
  for (const { route, status, retryAfter, code, detail } of answers) {
    assert.deepEqual([status, retryAfter, code], [503, '5', 'unavailable'], `${route}: ${detail}`);
    assert.match(detail, words, route);
  }
}

async function untilReady({ coordinator: { url } }: Scene): Promise<void> {
  for (let tries = 0; (await fetch(`${url}/ready`)).status !== 200; tries += 1) {
    assert.ok(tries < 200, 'ready again');
    await sleep(100);
  }
}

/** Once gone, once back, and no stack: whatever else was said of it is below. */
function assertToldOnce({ lines }: Scene, gone: RegExp): void {
  const told = lines.filter(({ msg }) => /database|request|round keeper|could not/.test(msg));
  assert.deepEqual(
    told.map(({ msg }) => gone.test(msg) || msg),
    [true, 'the database is back'],
  );
  assert.equal(JSON.stringify(lines).includes('stack'), false);
}

async function finish({ ada }: Scene): Promise<void> {
  await ada.contribute(update);
  await ada.until('the end', ({ state }) => state === 'completed');
}

describe('Postgres stopped with -m fast, and started again', { skip }, () => {
  const scene = useScene();
  test('503 with Retry-After everywhere, told once, and on again', async () => {
    await scene.server.stop();
    assertAway(await askEverywhere(scene), /out of reach/);
    await sleep(3_000); // the keeper's ticks among them
    assertAway(await askEverywhere(scene), /out of reach/);
    assert.equal((await fetch(`${scene.coordinator.url}/health`)).status, 200);
    await scene.server.start();
    await untilReady(scene);
    await finish(scene);
    assertToldOnce(scene, /out of reach/);
  });
});

describe('Postgres killed, and started again', { skip }, () => {
  const scene = useScene();
  test('503 with Retry-After everywhere, also while it recovers', async () => {
    await scene.server.kill();
    assertAway(await askEverywhere(scene), /out of reach/);
    await scene.server.start();
    await untilReady(scene);
    await finish(scene);
    assertToldOnce(scene, /out of reach/);
  });
});

describe('Postgres frozen', { skip }, () => {
  const scene = useScene();
  test('/ready says so within 2 s, who waits is told within 8 s, then everybody at once', async () => {
    await scene.server.freeze();
    const [ready, ...waiting] = await askEverywhere(scene);
    assert.ok(ready!.ms < 2_000, `${ready!.ms} ms`);
    assertAway([ready!, ...waiting], /does not answer|out of reach/);
    for (const { route, ms } of waiting) assert.ok(ms < 8_000, `${route}: ${ms} ms`);
    for (const { route, ms } of await askEverywhere(scene)) assert.ok(ms < 1_000, `${route}: ${ms} ms`);
    await scene.server.thaw();
    await untilReady(scene);
    // what was told to come back may have been done all the same once the server went on: the pause, here
    await ask(scene.coordinator.url, 'POST /v1/groups/group/start', adminKey, { body: '{}' });
    await finish(scene);
    assertToldOnce(scene, /does not answer|out of reach/);
  });
});

describe('Postgres read-only', { skip }, () => {
  const scene = useScene();
  const set = async (value: 'on' | 'off') => {
    const client = await scene.server.connect();
    await client.query('SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE');
    await client.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
    await client.query('SELECT pg_reload_conf()');
    await client.end();
  };
  test('503 with Retry-After everywhere, and why', async () => {
    await set('on');
    await sleep(2_000);
    assertAway(await askEverywhere(scene), /read-only/);
    await set('off');
    await untilReady(scene);
    await finish(scene);
    assertToldOnce(scene, /read-only/);
  });
});

describe('Postgres out of connections', { skip }, () => {
  const scene = useScene(['max_connections=16', 'superuser_reserved_connections=0']);
  test('who gets none is told to come back', async () => {
    await scene.server.stop();
    await scene.server.start();
    const taken: pg.Client[] = [];
    try {
      for (;;) taken.push(await scene.server.connect());
    } catch {
      // all of them are taken
    }
    try {
      const answers = (await Promise.all([askEverywhere(scene), askEverywhere(scene)])).flat();
      assertAway(
        answers.filter(({ status }) => status >= 500), // the others had a connection
        /no connection|out of reach/,
      );
      assert.ok(answers.some(({ status }) => status === 503));
      assert.equal(
        answers.some(({ status }) => status === 500),
        false,
      );
    } finally {
      for (const client of taken) await client.end();
    }
    await sleep(1_000);
    // who had a connection was answered: the pause, now and then
    await ask(scene.coordinator.url, 'POST /v1/groups/group/start', adminKey, { body: '{}' });
    await finish(scene);
    // once an outage: its watch may have seen the restart as one of its own
    const told = scene.lines.map(({ msg }) => msg).filter((msg) => /callers are told|is back/.test(msg));
    assert.match(told[0] ?? '', /no connection|out of reach/);
    assert.ok(
      told.every((msg, at) => (at % 2 === 1) === /is back/.test(msg)),
      JSON.stringify(told),
    );
  });
});

const canMount = spawnSync('mount', ['-V']).status === 0 && process.getuid?.() === 0;

describe('Postgres with a full disk', {
  skip: skip || (!canMount && 'a file system cannot be mounted here'),
}, () => {
  let disk = '';
  const scene = useScene(['max_wal_size=32MB', 'min_wal_size=32MB'], async (folder) => {
    disk = folder;
    assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', disk]).status, 0);
    return () => void spawnSync('umount', ['-l', disk]);
  });
  test('uploads are told 503 and why, once there is room they count', async () => {
    const size = 4_000_000;
    const large = new Map([['w', { shape: [size], data: Float32Array.from({ length: size }, Math.random) }]]);
    const rounds = { count: 1, participants: 1 };
    await makeGroup(scene.coordinator.url, { name: 'large', initial: large, settings: { rounds } });
    const bob = await joinAs(scene.coordinator.url, 'bob', 'large');
    await bob.until('a round', ({ round }) => round !== null);
    const ballast = join(disk, 'ballast');
    await writeFile(ballast, Buffer.alloc(160e6)).catch(() => undefined);
    await assert.rejects(bob.contribute(large), /disk is full|out of reach/);
    await rm(ballast);
    await untilServed(() => bob.contribute(large));
    await bob.until('the end', ({ state }) => state === 'completed');
    assert.equal(
      scene.lines.filter(({ trouble, msg }) => trouble !== undefined && msg !== 'the database is back')
        .length,
      1,
    );
  });
});

/** As a client does: again while the answer is 503. */
async function untilServed(call: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const served = await call().then(
      () => true,
      (error: unknown) => (tries < 30 ? false : Promise.reject(error)),
    );
    if (served) return;
    await sleep(1_000);
  }
}

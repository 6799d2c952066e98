// Starts that cannot be: each says what is wrong and how to mend it. And the same database twice.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createApiClient } from '@colora/protocol/api-client';
import { pino } from 'pino';
import { readConfig, testPostgresUrl } from './config.ts';
import { buildCoordinator } from './coordinator.ts';
import { lockFolder } from './database/data-folder/folder-lock.ts';
import { openDatabase } from './database/open-database.ts';
import { StartError } from './start-error.ts';
import { onEachDatabase } from './testing/databases.ts';

const folder = mkdtempSync(join(tmpdir(), 'colora-start-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const startError = (text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof StartError, String(error));
  assert.match(error.message, text);
  assert.doesNotMatch(error.message, /secret/);
  return true;
};

onEachDatabase('start', (database) => {
  test('a port in use; a second start; a newer schema', async () => {
    const options = await database.create();
    const other: Server = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const { port } = other.address() as AddressInfo;
    await assert.rejects(
      buildCoordinator({ ...options, port, logger: 'silent' }),
      startError(/port \d+ .* in use/),
    );
    other.close();

    const coordinator = await buildCoordinator({ ...options, port: 0, logger: 'silent' });
    if (database.kind === 'pglite') {
      const second = buildCoordinator({ ...options, port: 0, logger: 'silent' });
      await assert.rejects(second, startError(/another coordinator .* uses the data folder/));
    }
    await coordinator.close();

    const opened = await openDatabase(options);
    assert.deepEqual(opened.applied, []); // recorded before
    const rows = await opened.client.$queryRaw<{ checksum: string; steps: number }[]>`
      SELECT "checksum", "applied_steps_count" AS "steps" FROM "_prisma_migrations"`;
    assert.ok(rows.every(({ checksum, steps }) => /^[0-9a-f]{64}$/.test(checksum) && steps === 1));
    await opened.client.$executeRaw`
      INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at")
      VALUES ('x', 'x', '29990101000000_later', now())`;
    await opened.close();
    await assert.rejects(openDatabase(options), startError(/newer version .* 29990101000000_later/));
  });
});

test('connections that say nothing, or half a request, hold up no closing', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const coordinator = await buildCoordinator({ dataFolder: join(folder, 'closing'), port: 0, logger });
  const { port, hostname } = new URL(coordinator.url);
  const sockets = ['', 'GET /api/v1/groups HTTP/1.1\r\nHost: a\r\n'].map((text) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('error', () => undefined);
    return socket;
  });
  const broken = sockets.map((socket) => new Promise((done) => socket.on('close', done)));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  await coordinator.close();
  await Promise.all(broken);
  assert.deepEqual(lines, []);
});

test('the lock of a process that is gone is taken over, one that is there is not', () => {
  const path = join(folder, 'coordinator.lock');
  const gone = spawnSync(process.execPath, ['-e', '0']).pid;
  for (const stale of [
    JSON.stringify({ pid: gone, started: null }),
    '{"pid"',
    JSON.stringify({ pid: process.pid }),
  ]) {
    writeFileSync(path, stale);
    lockFolder(folder)();
    assert.equal(existsSync(path), false);
  }
  writeFileSync(path, JSON.stringify({ pid: process.ppid, started: null }));
  assert.throws(() => lockFolder(folder), startError(/process \d+/));
  // The same pid, but another process than the one that took the lock.
  if (existsSync('/proc/self/stat')) {
    writeFileSync(path, JSON.stringify({ pid: process.ppid, started: 'another boot:1' }));
    lockFolder(folder)();
  }
  rmSync(path, { force: true });
  const release = lockFolder(folder);
  assert.equal(JSON.parse(readFileSync(path, 'utf8')).pid, process.pid);
  assert.throws(() => lockFolder(folder), startError(/another coordinator/));
  release();
});

test('a used port is noticed before anything is made', async () => {
  const other: Server = createServer();
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
  const dataFolder = join(folder, 'not-made');
  const { port } = other.address() as AddressInfo;
  await assert.rejects(buildCoordinator({ dataFolder, port, logger: 'silent' }), startError(/in use/));
  assert.equal(existsSync(dataFolder), false);
  other.close();
});

test('a preset key is not told again; once it is revoked, another one is made and told', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const preset = 'colora_a_preset-0123456789';
  const options = { dataFolder: join(folder, 'preset'), port: 0, adminKey: preset, logger };
  const first = await buildCoordinator(options);
  assert.equal(first.adminKey, undefined);
  const admin = createApiClient(first.url, () => preset);
  const { items } = await admin.call('listKeys', {});
  assert.deepEqual(
    items.map(({ name }) => name),
    ['preset-admin'],
  );
  await admin.call('revokeKey', { params: { id: items[0]!.id }, query: { force: 'true' } });
  await first.close();
  const second = await buildCoordinator(options);
  assert.match(second.adminKey ?? '', /^colora_a_/);
  assert.match(lines.join(), /preset admin key .* was revoked/);
  await second.close();
});

test('a data folder that cannot be written', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const start = buildCoordinator({ dataFolder: join(file, 'below'), port: 0, logger: 'silent' });
  await assert.rejects(start, startError(/not writable .*COLORA_DATA/));
  const unknown = buildCoordinator({ dataFolder: '/proc/nowhere', port: 0, logger: 'silent' });
  await assert.rejects(unknown, startError(/not writable .*COLORA_DATA/));
});

test('a database that cannot be reached', async () => {
  const start = (databaseUrl: string) =>
    buildCoordinator({ databaseUrl, dataFolder: folder, port: 0, logger: 'silent' });
  await assert.rejects(start('mysql://me:secret@127.0.0.1/x'), startError(/must read postgres:.*mysql:/));
  await assert.rejects(start('somewhere'), startError(/must read postgres:/));
  await assert.rejects(start('postgres://me:secret@127.0.0.1:1/x'), startError(/refuses connections/));
  await assert.rejects(
    start('postgres://me:secret@nowhere.invalid/x'),
    startError(/cannot be (found|reached)/),
  );
  const url = testPostgresUrl();
  if (url === undefined) return;
  const missing = new URL(url);
  missing.pathname = '/colora_no_such_database';
  await assert.rejects(start(missing.href), startError(/no database "colora_no_such_database"/));
});

test('the environment is checked, and empty counts as unset', () => {
  const config = readConfig({ PORT: '', HOST: '0.0.0.0', COLORA_DATA: '/data' });
  assert.deepEqual([config.port, config.host, config.dataFolder], [7070, '0.0.0.0', '/data']);
  const fromFiles = readConfig({
    COLORA_ADMIN_KEY: 'colora_a_0123456789abcdef\n', // of a secret that is mounted as a file
    LOG_LEVEL: 'debug\r', // of a file of variables with the line ends of Windows
    COLORA_DATA: '$BASE/x',
    BASE: '/srv',
  });
  assert.deepEqual(
    [fromFiles.adminKey, fromFiles.logLevel, fromFiles.dataFolder],
    ['colora_a_0123456789abcdef', 'debug', '/srv/x'],
  );
  assert.throws(() => readConfig({ PORT: '70000' }), startError(/PORT/));
  assert.throws(() => readConfig({ DATABASE_URL: 'mysql://x' }), startError(/DATABASE_URL: must start/));
});

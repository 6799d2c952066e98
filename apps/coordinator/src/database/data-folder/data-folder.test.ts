// Whatever made them, the files of a data folder are their owner's alone; and the first admin key is kept or not made.
import assert from 'node:assert/strict';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createApiClient } from '@colora/protocol/api-client';
import { PGlite } from '@electric-sql/pglite';
import { pino } from 'pino';
import { buildCoordinator } from '../../coordinator.ts';
import { layEmbeddedDatabase } from '../../testing/embedded.ts';
import { closeToOthers, writeAdminKey } from './data-folder.ts';
import { PrivateNodeFS } from './private-node-fs.ts';

const folder = mkdtempSync(join(tmpdir(), 'colora-private-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const skip = process.platform === 'win32';
process.umask?.(0); // the least careful there is
const modeOf = (path: string) => (lstatSync(path).mode & 0o777).toString(8);

/** Which modes files and folders have there. */
function modesBelow(root: string): Set<string> {
  const names = ['', ...readdirSync(root, { recursive: true, encoding: 'utf8' })];
  return new Set(
    names.map((name) => {
      const path = join(root, name);
      return `${lstatSync(path).isDirectory() ? 'folder' : 'file'} ${modeOf(path)}`;
    }),
  );
}

test('a new database, and one that an earlier version made for all to read, under a umask of 0', {
  skip,
}, async () => {
  for (const kind of ['new', 'old'] as const) {
    const dataFolder = join(folder, kind);
    if (kind === 'old') {
      await layEmbeddedDatabase(dataFolder);
      for (const name of ['', ...readdirSync(dataFolder, { recursive: true, encoding: 'utf8' })])
        chmodSync(join(dataFolder, name), 0o777);
    }
    const coordinator = await buildCoordinator({ dataFolder, port: 0, logger: 'silent' });
    const admin = createApiClient(coordinator.url, () => coordinator.adminKey!);
    await admin.call('createKey', { body: { role: 'operator', name: 'grafana' } });
    // an old file that its owner may execute stays so
    const allowed = new Set(['file 600', 'folder 700', ...(kind === 'old' ? ['file 700'] : [])]);
    const open = () => [...modesBelow(dataFolder)].filter((mode) => !allowed.has(mode));
    assert.deepEqual(open(), [], kind);
    await coordinator.close();
    assert.deepEqual(open(), [], kind);
  }
});

test('what the database makes while it is used is its owner’s alone from the first byte', {
  skip,
}, async () => {
  const dataFolder = join(folder, 'used');
  await layEmbeddedDatabase(dataFolder);
  const place = join(dataFolder, 'database');
  const names = () => readdirSync(place, { recursive: true, encoding: 'utf8' });
  for (const name of names()) if (name.endsWith('pg_internal.init')) rmSync(join(place, name)); // made anew
  const before = new Set(names());
  const database = await PGlite.create({ fs: new PrivateNodeFS(place) });
  await database.exec('CREATE TABLE "fresh" AS SELECT 1 AS "x"');
  const made = names().filter((name) => !before.has(name));
  assert.ok(made.some((name) => name.endsWith('pg_internal.init')) && made.length > 2, made.join());
  assert.deepEqual(new Set(made.map((name) => modeOf(join(place, name)))), new Set(['600']));
  await database.close();
});

test('what is not the coordinator’s in a folder stays as it is', { skip }, () => {
  const home = join(folder, 'home');
  mkdirSync(join(home, 'database'), { recursive: true, mode: 0o755 });
  mkdirSync(join(home, 'public'), { mode: 0o755 });
  writeFileSync(join(home, 'database', 'x'), '', { mode: 0o644 });
  const lines: string[] = [];
  closeToOthers(home, pino({}, { write: (line: string) => lines.push(line) }));
  assert.deepEqual(
    ['', 'public', 'database', 'database/x'].map((name) => modeOf(join(home, name))),
    ['755', '755', '700', '600'],
  );
  assert.deepEqual(lines, []);
});

test('the first admin key’s file is its owner’s alone, also where another lay there', { skip }, () => {
  const place = join(folder, 'key', 'data');
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'admin.key'), 'old', { mode: 0o666 });
  const path = writeAdminKey(place, 'colora_a_new');
  assert.deepEqual([readFileSync(path, 'utf8'), modeOf(path)], ['colora_a_new\n', '600']);
  assert.throws(
    () => writeAdminKey('/dev/null/data', 'colora_a_new'),
    /admin key can't be written to .*COLORA_ADMIN_KEY/,
  );
});

test('a first admin key that can’t be kept is not made, and the next start makes one', async () => {
  const dataFolder = join(folder, 'unkept');
  await layEmbeddedDatabase(dataFolder);
  const options = { dataFolder, port: 0, logger: 'silent' as const };
  const keepAdminKey = () => {
    throw new Error('no place for it');
  };
  await assert.rejects(buildCoordinator({ ...options, keepAdminKey }), /no place for it/);
  const kept: string[] = [];
  const coordinator = await buildCoordinator({ ...options, keepAdminKey: (key) => kept.push(key) });
  assert.deepEqual(kept, [coordinator.adminKey]);
  await coordinator.close();
});

// The doctor names what is wrong with a coordinator's surroundings, one thing at a time, and is content with a sound one; it changes nothing.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openDatabase } from '../database/open-database.ts';
import { usualReserveBytes } from '../room/storage-bounds.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { settingsRow } from '../testing/group.ts';
import { type Checked, checkCoordinator } from './check-coordinator.ts';

const folder = mkdtempSync(join(tmpdir(), 'colora-doctor-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const sound = (dataFolder: string): Checked => ({
  ...{
    databaseUrl: undefined,
    dataFolder,
    redisUrl: undefined,
    host: '127.0.0.1',
    port: 1,
    trustProxy: undefined,
  },
  tls: { cert: undefined, key: undefined, clientCa: undefined },
  storage: { limitBytes: null, reserveBytes: 1 },
});

/** What isn't right, as `what: state`. */
async function wrong(config: Checked): Promise<string[]> {
  const findings = await checkCoordinator(config);
  return findings.filter(({ state }) => state !== 'ok').map(({ what, state }) => `${what}: ${state}`);
}

test('a folder that isn’t there yet is sound, and isn’t made', async () => {
  const place = join(folder, 'new');
  assert.deepEqual(await wrong(sound(place)), []);
  assert.equal(existsSync(place), false);
});

test('each thing that is wrong is found by itself', async () => {
  const place = join(folder, 'data');
  mkdirSync(join(place, 'database'), { recursive: true });
  chmodSync(join(place, 'database'), 0o755);
  writeFileSync(join(place, 'admin.key'), 'k', { mode: 0o600 });
  const base = sound(place);
  const files = process.platform === 'win32' ? [] : ['files: fault'];
  assert.deepEqual(await wrong(base), ['database: fault', ...files, 'first key: warning']);
  const fine = sound(join(folder, 'fine'));
  const none = { cert: undefined, key: undefined, clientCa: undefined };
  for (const [change, expected] of [
    [{ storage: { limitBytes: null, reserveBytes: 2 ** 60 } }, ['disk: fault']],
    [{ tls: { ...none, cert: '/none/such.pem' } }, ['tls: fault']],
    [{ host: '0.0.0.0' }, ['tls: warning', 'proxies: warning']],
    [{ trustProxy: 'the proxy' }, ['proxies: fault']],
    [{ redisUrl: 'redis://127.0.0.1:1' }, ['redis: warning']],
    [
      { databaseUrl: 'postgres://127.0.0.1:1/none', redisUrl: 'redis://127.0.0.1:1' },
      ['database: fault', 'disk: warning', 'redis: fault'],
    ],
  ] as const)
    assert.deepEqual(await wrong({ ...fine, ...change }), expected, JSON.stringify(change));
});

onOneDatabase('the doctor', (database) => {
  test('tells of a database its migrations, and who keeps everything', async () => {
    const options = await database.create();
    const opened = await openDatabase(options);
    const row = settingsRow({ retention: { checkpoints: null } });
    await opened.client.taskGroup.create({ data: { name: 'hoarders', access: 'open', ...row } });
    await opened.close();
    const storage = { limitBytes: 50e9, reserveBytes: usualReserveBytes };
    const config = { ...sound(options.dataFolder), databaseUrl: options.databaseUrl, storage };
    const findings = await checkCoordinator(config);
    if (database.kind === 'pglite') return;
    const says = new Map(findings.map((finding) => [finding.what, finding.says]));
    assert.match(says.get('migrations') ?? '', /all are applied/);
    assert.match(says.get('retention') ?? '', /hoarders: every checkpoint is kept/);
    assert.match(says.get('clock') ?? '', /0\.\d s/);
  });
});

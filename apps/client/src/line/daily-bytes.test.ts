// A limit of bytes a day outlives the daemon, waits for the next day in UTC, and refuses what no day has room for.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openDailyBytes } from './daily-bytes.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-daily-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const forever = () => new AbortController().signal;

test('what was used counts after a start, and the next day begins with nothing', async () => {
  const path = join(folder, 'traffic.json');
  let now = new Date('2026-03-01T23:59:59.900Z');
  const told: string[] = [];
  const open = () =>
    openDailyBytes(
      path,
      1000,
      (why) => told.push(why),
      () => now,
    );
  await open().roomFor(600, 'checkpoint 1', forever());
  await open().used(600);
  await open().roomFor(400, 'checkpoint 2', forever());
  assert.deepEqual(told, []);
  const waiting = open().roomFor(401, 'checkpoint 2', forever());
  assert.match(told.join(), /tomorrow \(UTC\): 600 of the 1000 bytes a day are used/);
  now = new Date('2026-03-02T00:00:00.100Z');
  await waiting;
});

test('a wait ends with the signal; more than a day has is refused; a damaged note is renewed', async () => {
  const path = join(folder, 'damaged.json');
  await writeFile(path, '{"day":"yesterday"}');
  const daily = openDailyBytes(path, 1000, () => undefined);
  await assert.rejects(daily.roomFor(1001, 'checkpoint 1', forever()), {
    code: 'excessive',
    message: /checkpoint 1 has 1001 bytes, and --max-bytes-per-day allows 1000 a day/,
  });
  await daily.used(1000);
  const stop = new AbortController();
  const waiting = daily.roomFor(1, 'checkpoint 1', stop.signal);
  stop.abort(new Error('stopped'));
  await assert.rejects(waiting, /stopped/);
});

// What is under way is told to other terminals while it lasts: not of quick work, not once the daemon is gone.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openWorkFile, readWork } from './work-store.ts';

const folder = await mkdtemp(join(tmpdir(), 'colora-work-'));
after(() => rm(folder, { recursive: true, force: true }));

const times = { seconds: 4, secondsLeft: 100, stepSecondsLeft: 10 };
const progress = { kind: 'working', what: 'training', round: 3, step: 2, steps: 8, ...times } as const;

test('what lasts for seconds is there to be read, with the time that has passed since; at the end nothing is left', async () => {
  const path = join(folder, 'work.json');
  const file = openWorkFile(path);
  file.tell(progress);
  await delay(100);
  assert.deepEqual(await readdir(folder), [], 'not of what may be done at once');
  await delay(5_000);
  file.tell(progress);
  file.tell({ ...progress, round: 4 });
  await delay(500);
  const now = Date.now() + 2_000;
  const told = (await readWork(path, now))!;
  assert.deepEqual([told.what, told.round, told.step, told.steps], ['training', 3, 2, 8]);
  assert.ok(told.seconds >= 6 && told.secondsLeft! <= 98 && told.stepSecondsLeft! <= 8);
  assert.equal((await readWork(path, now + 10_000))!.stepSecondsLeft, 0);
  assert.equal(await readWork(path, now + 60_000), null, 'whoever told it is gone');
  await file.close();
  assert.deepEqual(await readdir(folder), []);
});

test('a file that is none is nobody’s work', async () => {
  const path = join(folder, 'other.json');
  assert.equal(await readWork(path), null);
  for (const text of ['', '{', '{"toldAt":"2026-01-01T00:00:00Z"}', '[]']) {
    await writeFile(path, text);
    assert.equal(await readWork(path), null);
  }
});

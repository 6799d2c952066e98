// What a service's log keeps, and how it is read while it turns.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { followLog, lastLines, openServiceLog } from './service-log.ts';

const folder = await mkdtemp(join(tmpdir(), 'colora-log-'));
after(() => rm(folder, { recursive: true, force: true }));
const time = /^\d{4}-\d\d-\d\dT[\d:.]+Z /;

test('each line has its time once, whatever pieces it is written in, and two files of bounded size are kept', async () => {
  assert.deepEqual(await lastLines(folder, 5), []);
  const log = openServiceLog(folder, 400);
  log.write('one\ntwo');
  log.write(' and more\n');
  const lines = await lastLines(folder, 5);
  assert.deepEqual(
    lines.map((line) => line.replace(time, '')),
    ['one', 'two and more'],
  );
  assert.ok(lines.every((line) => time.test(line)));
  for (let count = 0; count < 40; count += 1) log.write(`line ${count}\n`);
  assert.deepEqual((await readdir(folder)).sort(), ['log', 'log.1']);
  for (const name of ['log', 'log.1']) assert.ok((await stat(join(folder, name))).size <= 400);
  const last = await lastLines(folder, 12);
  assert.deepEqual(
    last.map((line) => line.replace(time, '')),
    Array.from({ length: 12 }, (_, at) => `line ${28 + at}`),
    'over the border of the two files',
  );
  if (process.platform !== 'win32') assert.equal((await stat(join(folder, 'log'))).mode & 0o077, 0);
});

test('who follows it misses no line when the file turns, nor one in a file that is yet to come', async () => {
  const place = await mkdtemp(join(folder, 'followed-'));
  const log = openServiceLog(place, 400);
  const rounds = [['first'], ['a', 'b'], [], Array.from({ length: 9 }, (_, at) => `turns ${at}`), ['last']];
  const told: string[] = [];
  let round = 0;
  const pause = async () => {
    const lines = rounds[round++];
    if (lines === undefined) throw new Error('enough');
    for (const line of lines) log.write(`${line}\n`);
  };
  await assert.rejects(async () => {
    for await (const piece of followLog(place, pause)) told.push(piece);
  }, /enough/);
  assert.deepEqual(
    told
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(time, '')),
    rounds.flat(),
  );
  assert.deepEqual((await readdir(place)).sort(), ['log', 'log.1'], 'it did turn');
});

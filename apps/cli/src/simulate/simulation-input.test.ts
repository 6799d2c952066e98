// Flags that cannot be are refused with what would be right; measured people are read from their file.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readInputs, type SimulateFlags } from './simulation-input.ts';

const folder = mkdtempSync(join(tmpdir(), 'colora-simulate-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const flags: SimulateFlags = {
  ...{
    participants: 1000,
    rounds: 5,
    mode: 'both',
    cohort: 10,
    overSelection: 1.3,
    maxStaleness: 5,
    deadline: 60,
  },
  ...{ megabytes: 1, trainingSeconds: 3, onlineShare: 0.1, dropout: 0.1, sessionMinutes: 30 },
  ...{ coordinators: 1, databaseCores: 1, lineMbps: 1000, seed: 0 },
};

test('one input for each mode', async () => {
  const inputs = await readInputs(flags);
  assert.deepEqual(
    inputs.map(({ rounds }) => rounds.mode),
    ['synchronous', 'buffered'],
  );
  assert.equal(inputs[0]!.people.trainingSeconds.median, 3);
  assert.equal(inputs[1]!.rounds.bufferSize, 10);
});

test('a cohort follows from who is online where none is asked for', async () => {
  const cohortOf = async (participants: number) =>
    (await readInputs({ ...flags, cohort: undefined, participants }))[1]!.rounds.bufferSize;
  assert.equal(await cohortOf(200), 10);
  assert.equal(await cohortOf(20), 1);
  assert.equal(await cohortOf(10_000), 100);
  await assert.rejects(cohortOf(5), /--participants: only 1 of 5 people/);
});

for (const [wrong, expected] of [
  [{ cohort: 101 }, /--cohort: only 100 of 1000 people are online/],
  [{ overSelection: 0.5 }, /overSelection/],
  [{ onlineShare: 1.2 }, /--online-share must be from 0 to 1/],
  [{ megabytes: 0 }, /--megabytes must be above 0/],
  [{ lineMbps: -1 }, /--line-mbps must be above 0/],
] as const) {
  test(`refused: ${JSON.stringify(wrong)}`, async () => {
    await assert.rejects(readInputs({ ...flags, ...wrong }), expected);
  });
}

test('measured people, and what is wrong with a file of them', async () => {
  const path = join(folder, 'people.jsonl');
  writeFileSync(
    path,
    '{"trainingSeconds":3,"upMbps":4,"downMbps":5}\n\n{"trainingSeconds":6,"upMbps":7,"downMbps":8}\n',
  );
  const [input] = await readInputs({ ...flags, people: path });
  assert.deepEqual(
    input!.people.measured.map(({ upMbps }) => upMbps),
    [4, 7],
  );
  writeFileSync(path, '{"trainingSeconds":3,"upMbps":4,"downMbps":5}\n{"upMbps":4}\n');
  await assert.rejects(readInputs({ ...flags, people: path }), /people.jsonl:2 must be a JSON object/);
  writeFileSync(path, '\n');
  await assert.rejects(readInputs({ ...flags, people: path }), /holds nobody/);
  await assert.rejects(readInputs({ ...flags, people: join(folder, 'none') }), /cannot read .*ENOENT/);
});

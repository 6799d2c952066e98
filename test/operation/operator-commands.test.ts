// What operators type that no other test does, as processes against one coordinator with its data folder: migrate, a dry run, curves
// that are followed while the coordinator is away and comes back from a backup, restore, and a member's doctor.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { keepIdentity } from '@colora/client/workspace/identity';
import { backUp } from '@colora/coordinator/backup/back-up';
import type { Coordinator } from '@colora/coordinator/coordinator';
import { joinAs, makeGroup, member, type TestMember, tensors } from '@colora/coordinator/testing/group';
import { createApiClient } from '@colora/protocol/api-client';
import { makePrivateKey } from '@colora/protocol/proofs/signatures';
import { freePort } from '../support/free-port.ts';
import { colora as run, startColora } from '../support/processes.ts';
import { adminKey, startCoordinator } from '../support/system.ts';

let folder: string;
let port: number;
let live: Coordinator;
let ada: TestMember;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-operator-'));
  port = await freePort();
});
after(async () => {
  await live?.close();
  await rm(folder, { recursive: true, force: true });
});

const env = () => ({ COLORA_URL: `http://127.0.0.1:${port}`, COLORA_KEY: adminKey });

/** Must succeed; its stdout. */
async function colora(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await run(args, { env: env() });
  assert.equal(status, 0, `${args.join(' ')}: ${stderr}${stdout}`);
  return stdout;
}

const start = async (data: string) => {
  live = await startCoordinator({ dataFolder: join(folder, data), port });
};

test('migrate makes the tables of an empty place; a dry run tells what a group would mean, and makes none', async () => {
  assert.match(await colora('migrate', '--data', join(folder, 'data')), /^applied: 20260101000000_initial, /);
  await start('data');
  const asked = ['later', '--labels', 'good,bad', '--base-model', 'use-lite', '--rank', '2'];
  const told = await colora('groups', 'create', ...asked, '--dry-run');
  assert.match(told, /KB/);
  assert.match(told, /later/);
  const admin = createApiClient(live.url, () => adminKey);
  assert.equal((await admin.call('listGroups', {})).items.length, 0);
});

test('curves are followed through the coordinator’s absence and its return from a backup: each point once, to the end', async () => {
  const rounds = { count: 2, participants: 1, quorum: 1, deadlineSeconds: 600 };
  await makeGroup(live.url, { name: 'reviews', settings: { rounds }, key: adminKey });
  ada = await joinAs(live.url, 'ada', 'reviews');
  const play = async (version: number) => {
    await ada.until(`round ${version}`, ({ round }) => round?.number === version);
    await ada.contribute(tensors({ 'x.shared.A': [0.1, 0.2] }), { metadata: { sharedLoss: 1 / version } });
  };
  await play(1);
  await ada.until('its checkpoint', ({ checkpoint }) => checkpoint?.version === 1);
  const curves = join(folder, 'reviews.csv');
  const to = ['--group', 'reviews', '--to', 'csv', curves, '--follow', '--every', '1'];
  const follows = startColora(['metrics', 'export', ...to], { env: env() });
  const versionsOf = async () => {
    const lines = (await readFile(curves, 'utf8'))
      .split('\n')
      .filter((line) => line.includes(',sharedLoss,'));
    return lines.map((line) => Number(line.split(',')[4]));
  };
  await follows.says(/points written/);
  assert.deepEqual(await versionsOf(), [1]);

  await live.close();
  await follows.says(/trying again in 1 s/);
  const [file, data] = [join(folder, 'today.backup'), join(folder, 'restored')];
  await backUp(file, { dataFolder: join(folder, 'data') });
  const restored = await colora('restore', file, '--data', data);
  assert.match(restored, /^as it was at .*; start it: colora coordinator with --data \S+restored\n$/);
  await start('restored');
  ada = member(live.url, 'ada', ada.key, 'reviews');
  await play(2);
  const { status, stderr } = await follows.ended;
  assert.equal(status, 0, stderr);
  assert.deepEqual(await versionsOf(), [1, 2]);
});

test('a member’s doctor looks at machine, workspace and coordinator, and says what to mend', async () => {
  const workspace = join(folder, 'ada');
  const key = 'colora_p_of-a-coordinator-that-is-away-0123456789';
  const url = `http://127.0.0.1:${await freePort()}`;
  await keepIdentity(workspace, { url, participant: 'ada', key, signingKey: makePrivateKey() });
  const { status, stdout } = await run(['doctor', 'member', '--workspace', workspace, '--json']);
  assert.equal(status, 18);
  const findings: { what: string; state: string; says: string }[] = JSON.parse(stdout).findings;
  const states = Object.fromEntries(findings.map(({ what, state }) => [what, state]));
  assert.ok(
    ['node', 'memory', 'engine', 'disk', 'workspace'].every((what) => what in states),
    stdout,
  );
  assert.deepEqual([states.node, states.engine, states.coordinator], ['ok', 'ok', 'fault']);
  assert.match(
    findings.find(({ what }) => what === 'coordinator')!.says,
    /cannot reach .*is the coordinator running there/,
  );
});

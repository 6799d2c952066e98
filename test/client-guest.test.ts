// The daemon as a guest: it rests when its owner's machine has to, in mid-step too; it wakes from a sleep; it does
// not mind a wrong clock; and it goes when it is told to.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { runClient } from '@colora/client/daemon';
import { openGate } from './support/gate.ts';
import { laptop } from './support/laptop.ts';
import { useMembers } from './support/members.ts';
import { reviews, writeReviews } from './support/people.ts';
import { killHard, type Running, startColora } from './support/processes.ts';
import { makeGroup, useSystem } from './support/system.ts';

let data = '';
const system = useSystem(async () => {
  data = await writeReviews(system.folder, 'mine', reviews(1, 8));
});
const members = useMembers(system);

function daemon(group: string, args: readonly string[] = [], env: Record<string, string> = {}): Running {
  const workspace = join(system.folder, `${group}-process`);
  const files = ['--data', data, '--workspace', workspace, '--base-model', system.baseModel];
  return startColora(['join', system.url, '--group', group, '--threads', '1', ...files, ...args], { env });
}

const committed = async (group: string) =>
  (await system.admin.call('showGroup', { params: { group } })).committedRounds;

async function untilCommitted(group: string, rounds: number): Promise<void> {
  while ((await committed(group)) < rounds) await delay(50);
}

test('on battery it asks for nothing and has no socket open; plugged in, it takes part', async () => {
  const group = 'plugged';
  await makeGroup(system, group, { rounds: { count: 1, participants: 1 } });
  const asked: string[] = [];
  const gate = await openGate(system.url, ({ line, way }) => {
    if (way === 'in' && line.includes('/assignment')) asked.push(line);
  });
  const { facts, guest } = await laptop('battery');
  const waitedFor: string[] = [];
  const running = runClient(
    members.options(group, 'anna', {
      url: gate.url,
      guest,
      onProgress: (event) => event.kind === 'waiting' && waitedFor.push(event.why),
    }),
  );
  while (waitedFor.length === 0) await delay(20);
  await delay(1500);
  assert.deepEqual(asked, []);
  assert.deepEqual(waitedFor, ['the machine to be plugged in']);
  facts.power = 'mains';
  assert.equal((await running).rounds, 1);
  guest.close();
  await gate.close();
});

test('unplugged in mid-step: the step is held, and goes on later', async () => {
  const group = 'held';
  await makeGroup(system, group, {
    rounds: { count: 1, participants: 1 },
    training: { personalSteps: 60, sharedSteps: 60 },
  });
  const { facts, guest } = await laptop('mains');
  let trained = false;
  const running = runClient(
    members.options(group, 'anna', {
      guest,
      onProgress(event) {
        if (event.kind === 'training') facts.power = 'battery';
        if (event.kind === 'contributed') trained = true;
      },
    }),
  );
  while (guest.rest() === null) await delay(10);
  await delay(1500);
  assert.equal(trained, false, 'the step is held');
  facts.power = 'mains';
  assert.equal((await running).rounds, 1);
  guest.close();
});

test('stopped (-STOP) over two rounds and woken: it takes up the present round', async () => {
  const group = 'sleeper';
  await makeGroup(system, group, { rounds: { count: 9, participants: 2, quorum: 1, deadlineSeconds: 5 } });
  const sleeper = daemon(group, ['--json']);
  const awake = runClient(members.options(group, 'awake'));
  await sleeper.says(/round \d of 9: contributed/); // not the first where the machine is slow to start
  const before = await committed(group);
  sleeper.child.kill('SIGSTOP');
  await untilCommitted(group, before + 2);
  sleeper.child.kill('SIGCONT');
  const { status, stdout, stderr } = await sleeper.ended;
  assert.equal(status, 0, stderr);
  assert.equal((await awake).rounds, 9);
  const outcome = JSON.parse(stdout) as { rounds: number };
  assert.ok(outcome.rounds >= 2 && outcome.rounds <= 8, `${outcome.rounds} rounds`);
  const last = await system.admin.call('showRound', { params: { group, round: 9 } });
  assert.equal(last.contributions, 2);
});

test('a clock that is hours wrong, either way, changes nothing', async () => {
  const shift = join(system.folder, 'shift-clock.mjs');
  await writeFile(
    shift,
    `const Real = Date;
     const off = Number(process.env.COLORA_TEST_CLOCK_HOURS) * 3600_000;
     globalThis.Date = class extends Real {
       constructor(...given) { super(...(given.length === 0 ? [Real.now() + off] : given)); }
       static now() { return Real.now() + off; }
     };`,
  );
  for (const hours of ['-7', '9']) {
    const group = `clock${hours}`;
    await makeGroup(system, group, { rounds: { count: 2, participants: 1, deadlineSeconds: 30 } });
    const { status, stdout, stderr } = await daemon(group, ['--json'], {
      NODE_OPTIONS: `--import ${pathToFileURL(shift)}`,
      COLORA_TEST_CLOCK_HOURS: hours,
    }).ended;
    assert.equal(status, 0, stderr);
    assert.equal(JSON.parse(stdout).rounds, 2);
    assert.doesNotMatch(stderr, /too late|are left/);
  }
});

test('told to stop while it rests, waits or trains, it goes with status 0 and its workspace is free', async () => {
  const always = ['--pause-between', '00:00-12:00', '--pause-between', '12:00-24:00'];
  await makeGroup(system, 'rests', { rounds: { count: 1, participants: 1 } });
  await makeGroup(system, 'waits', {}, false);
  await makeGroup(system, 'trains', {
    rounds: { count: 1, participants: 1 },
    training: { personalSteps: 5000, sharedSteps: 5000 },
  });
  for (const [group, args, says] of [
    ['rests', always, /waiting for \d\d:\d\d \(paused between 00:00-12:00, 12:00-00:00\)/],
    ['waits', [], /waiting for the group’s? to be started|waiting for the group/],
    ['trains', ['--cpu-share', '50', '--priority', 'low'], /round 1 of 1: training/],
  ] as const) {
    const running = daemon(group, args);
    await running.says(says);
    running.child.kill('SIGTERM');
    const { status, stderr } = await running.ended;
    assert.equal(status, 0, stderr);
  }
  const again = daemon('trains');
  await again.says(/round 1 of 1: training/);
  await killHard(again);
});

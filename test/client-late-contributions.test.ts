// A contribution that arrives too late, finds another in its place, or finds the group paused. A gate
// holds the request at the coordinator's door until the test has changed the world behind it.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { runClient } from '@colora/client/daemon';
import type { ClientOptions } from '@colora/client/session/client-options';
import { readTrained } from '@colora/client/trained';
import { keepIdentity } from '@colora/client/workspace/identity';
import { makePrivateKey } from '@colora/protocol/proofs/signatures';
import { openGate } from './support/gate.ts';
import { useMembers } from './support/members.ts';
import { makeGroup, useSystem } from './support/system.ts';

const system = useSystem();
const members = useMembers(system);

/** Options of a person whose log lines are collected. */
function person(group: string, name: string, extra: Partial<ClientOptions> = {}) {
  const said: string[] = [];
  const log: ClientOptions['log'] = ({ message }) => void said.push(message);
  const options = members.options(group, name, { socket: false, log, ...extra });
  return { options, said };
}

const contributionTo = (round: number) => `/rounds/${round}/contribution`;

async function until(what: () => Promise<boolean>): Promise<void> {
  const signal = AbortSignal.timeout(120_000); // a missed event fails the test, it does not hang it
  while (!(await what())) await delay(50, undefined, { signal });
}

const roundOf = (group: string, round: number) =>
  system.admin.call('showRound', { params: { group, round } });
const isCommitted = async (group: string, round: number) =>
  (await roundOf(group, round)).state === 'committed';

test('too late for its round: dropped, the personal part kept, the next round is joined', async () => {
  const group = 'late';
  await makeGroup(system, group, { rounds: { count: 2, participants: 2, quorum: 1, deadlineSeconds: 2 } });
  const gate = await openGate(system.url, async ({ line, way }) => {
    if (way === 'in' && line.includes(contributionTo(1))) await until(() => isCommitted(group, 1));
  });
  const late = person(group, 'late', { url: gate.url });
  const punctual = person(group, 'punctual');
  const [outcome] = await Promise.all([runClient(late.options), runClient(punctual.options)]);
  await gate.close();
  assert.equal(outcome.state, 'completed');
  assert.equal(outcome.rounds, 1, 'only the second counted');
  assert.ok(late.said.some((line) => /round 1: came too late/.test(line)));
  assert.equal((await roundOf(group, 1)).contributions, 1);
  assert.equal((await roundOf(group, 2)).contributions, 2);
  assert.ok((await readTrained(late.options.workspace, group)).personal?.size);
});

test('another contribution of the same participant is there: a warning, and on it goes', async () => {
  const group = 'twice';
  await makeGroup(system, group, { rounds: { count: 1, participants: 2, quorum: 2 } });
  const { key } = await system.admin.call('createKey', { body: { role: 'participant', name: 'doubled' } });
  const signingKey = makePrivateKey();
  const isThere = async () => (await roundOf(group, 1)).contributions === 1;
  const gate = await openGate(system.url, async ({ line, way }) => {
    if (way === 'in' && line.includes(contributionTo(1))) await until(isThere);
  });
  // the first one's waits until the second trains, which it would not begin any more afterwards
  let secondTrains = false;
  const door = await openGate(system.url, async ({ line, way }) => {
    if (way === 'in' && line.includes(contributionTo(1))) await until(async () => secondTrains);
  });
  const first = person(group, 'first', { key, url: door.url });
  const second = person(group, 'second-machine', {
    key,
    url: gate.url,
    onProgress: (event) => {
      secondTrains ||= event.kind === 'training';
    },
  });
  // the second's workspace is a copy of the first's
  for (const { options } of [first, second])
    await keepIdentity(options.workspace, { url: system.url, participant: 'doubled', key, signingKey });
  const other = person(group, 'other');
  const running = [runClient(first.options), runClient(second.options)];
  // the round opens with the other, who contributes only when the two are through
  const held = await openGate(system.url, async ({ line, way }) => {
    if (way === 'in' && line.includes(contributionTo(1))) {
      await until(async () => second.said.some((said) => /was there first/.test(said)));
    }
  });
  const outcomes = await Promise.all([...running, runClient({ ...other.options, url: held.url })]);
  for (const { close } of [gate, door, held]) await close();
  assert.deepEqual(
    outcomes.map(({ rounds }) => rounds),
    [1, 0, 1],
  );
  const { contributionList } = await roundOf(group, 1);
  assert.equal(contributionList.filter(({ participant }) => participant === 'doubled').length, 1);
});

test('paused while it was under way: kept, and counted once the group goes on', async () => {
  const group = 'paused-in-between';
  await makeGroup(system, group, { rounds: { count: 1, participants: 1, quorum: 1 } });
  const outboxOf = (workspace: string) => readdir(join(workspace, group, 'outbox')).catch(() => []);
  let puts = 0;
  const gate = await openGate(system.url, async ({ line, way }) => {
    if (way !== 'in' || !line.includes(contributionTo(1))) return;
    puts += 1;
    if (puts === 1) await system.admin.call('pauseGroup', { params: { group } });
  });
  const waiting = person(group, 'waiting', { url: gate.url });
  let pending: string[] = [];
  const outcome = await runClient({
    ...waiting.options,
    onProgress(event) {
      if (event.kind !== 'waiting' || pending.length > 0) return;
      void outboxOf(waiting.options.workspace).then(async (names) => {
        if (names.length === 0) return; // it still waits for its round
        pending = names;
        await system.admin.call('startGroup', { params: { group } });
      });
    },
  });
  await gate.close();
  assert.equal(outcome.rounds, 1);
  assert.equal(puts, 2);
  const { contributionList } = await roundOf(group, 1);
  assert.deepEqual(pending, [`${contributionList[0]?.sha256}.safetensors`], 'the very bytes that were kept');
  assert.deepEqual(await outboxOf(waiting.options.workspace), []);
});

test('late where the group takes late ones: counted in a later round, and the log says in which', async () => {
  const group = 'stale';
  await makeGroup(system, group, {
    rounds: { count: 3, participants: 2, quorum: 1, deadlineSeconds: 3, maxStaleness: 2 },
  });
  let held = false;
  const gate = await openGate(system.url, async ({ line, way }) => {
    if (way !== 'in' || !line.includes(contributionTo(1)) || held) return;
    held = true;
    await until(() => isCommitted(group, 1));
  });
  const lines: string[] = [];
  const late = person(group, 'late', {
    name: 'stale-late',
    url: gate.url,
    log: ({ message }) => void lines.push(message),
  });
  await Promise.all([runClient(late.options), runClient(person(group, 'punctual').options)]);
  await gate.close();
  const counted = lines.flatMap((line) => /round 1: late, and counted in round (\d)/.exec(line)?.[1] ?? []);
  assert.equal(counted.length, 1, lines.join('\n'));
  const { contributionList } = await roundOf(group, Number(counted[0]));
  const mine = contributionList.filter(({ participant }) => participant === 'stale-late');
  assert.equal(mine.length, 1, 'once in that round');
  assert.equal((await roundOf(group, 1)).contributions, 1, 'and not in its own');
});

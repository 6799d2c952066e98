// A line that breaks again and again, and a coordinator that is away while the contribution is made: the bytes
// that came are not fetched twice, and what is finished is sent when somebody is there again, or dropped with a word.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { runClient } from '@colora/client/daemon';
import { cuttingProxy } from '@colora/client/line/testing-proxy';
import type { ClientOptions } from '@colora/client/session/client-options';
import { freePort } from './support/free-port.ts';
import { openGate } from './support/gate.ts';
import { useMembers } from './support/members.ts';
import { makeGroup, useSystem } from './support/system.ts';

const system = useSystem();
const members = useMembers(system);

function person(group: string, name: string, extra: Partial<ClientOptions> = {}) {
  const said: string[] = [];
  const options = members.options(group, name, {
    socket: false,
    backoff: { baseSeconds: 0.05, capSeconds: 0.2 },
    log: ({ level, message }) => level === 'warn' && said.push(message),
    ...extra,
  });
  return { options, said };
}

test('a checkpoint over a line that is cut every 150 KB comes in parts', async () => {
  const group = 'cut';
  await makeGroup(system, group, {
    adapter: { rank: 256, alpha: 256, targets: ['pooler'] },
    rounds: { count: 1, participants: 1 },
  });
  const { checkpoint } = await system.admin.call('showGroup', { params: { group } });
  const bytes = checkpoint!.bytes;
  assert.ok(bytes > 1_000_000, `${bytes} bytes`);
  const proxy = await cuttingProxy(system.url, () => 150_000);
  const { options, said } = person(group, 'anna', { url: proxy.url });
  assert.equal((await runClient(options)).rounds, 1);
  proxy.close();
  const broke = said.filter((line) => /broke off after \d+ of \d+ bytes/.test(line)).length;
  assert.ok(broke >= 2 * Math.floor(bytes / 150_000), `broke off ${broke} times`); // versions 0 and 1
  assert.ok(proxy.passed() < 2.6 * bytes, `${proxy.passed()} bytes passed for two of ${bytes}`);
});

/** A person whose coordinator goes away when training begins, and comes back when `untilBack` resolves. */
async function leftAlone(group: string, untilBack: (said: readonly string[]) => Promise<void>) {
  const port = await freePort();
  let gate = await openGate(system.url, () => undefined, port);
  const { options, said } = person(group, 'alone', { url: gate.url });
  let back: Promise<void> | undefined;
  const outcome = await runClient({
    ...options,
    onProgress(event) {
      if (event.kind !== 'training' || back !== undefined) return;
      back = (async () => {
        await gate.close();
        await untilBack(said);
        gate = await openGate(system.url, () => undefined, port);
      })();
    },
  });
  await back;
  await gate.close();
  return { outcome, said };
}

const tried = /contributing to round 1: .*connection refused.*trying again/;

test('the coordinator is away when it is finished: it is sent when it is back', async () => {
  const group = 'away';
  await makeGroup(system, group, { rounds: { count: 1, participants: 1 } });
  const { outcome } = await leftAlone(group, async (said) => {
    while (said.filter((line) => tried.test(line)).length < 4) await delay(20);
  });
  assert.deepEqual([outcome.rounds, outcome.state], [1, 'completed']);
});

test('back only when the round is over: dropped, and it says why', async () => {
  const group = 'away-too-long';
  await makeGroup(system, group, { rounds: { count: 1, participants: 2, quorum: 1, deadlineSeconds: 3 } });
  const other = runClient(person(group, 'other').options);
  const { outcome, said } = await leftAlone(group, async () => {
    await other;
  });
  assert.deepEqual([outcome.rounds, outcome.state, (await other).rounds], [0, 'completed', 1]);
  assert.ok(
    said.some((line) => /came too late|was not sent in time/.test(line)),
    said.join('\n'),
  );
});

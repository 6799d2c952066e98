// A group that a hostile member really spoils, since its admin switched the bound on norms off, and that is brought back with
// the commands of "When a group is spoilt" in docs/operators.md and no others; the members' daemons go on by themselves.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { joinAs } from '@colora/coordinator/testing/group';
import { norm } from '@colora/tensors/arithmetic';
import { decode } from '@colora/tensors/safetensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { reviews, writeReviews } from '../support/people.ts';
import { colora, type Running, startColora } from '../support/processes.ts';
import { adminKey, makeGroup, useSystem } from '../support/system.ts';

const system = useSystem();
const group = 'spoilt';
const params = { group };

/** As an operator types it. */
async function operate(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await colora([...args, '--url', system.url], {
    env: { COLORA_KEY: adminKey },
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

async function daemon(name: string, at: number): Promise<Running> {
  const data = await writeReviews(system.folder, name, reviews(at, 8));
  const places = ['--data', data, '--workspace', join(system.folder, name), '--base-model', system.baseModel];
  return startColora(['join', system.url, '--group', group, '--name', name, '--threads', '1', ...places]);
}

const latest = async (): Promise<TensorMap> => {
  const answer = await system.admin.call('getCheckpoint', { params: { group, version: 'latest' } });
  return decode(new Uint8Array(await answer.arrayBuffer())).tensors;
};

/** Sends 3e38 everywhere in every round from the second on, until the group is paused. */
async function spoil(): Promise<void> {
  const eve = await joinAs(system.url, 'eve', group);
  for (;;) {
    const { state, round } = await eve.assignment();
    if (state === 'paused') return;
    if (round !== null && round.version > 0 && !round.contributed) {
      const tensors = [...(await latest())].map(([name, { shape, data }]) => {
        return [name, { shape, data: data.map(() => 3e38) }] as const;
      });
      await eve.contribute(new Map(tensors)).catch(() => undefined); // the round closed, or the group paused
    }
    await new Promise((turn) => setTimeout(turn, 20));
  }
}

test('spoilt, paused, rolled back, and on it goes', { timeout: 240_000 }, async () => {
  await makeGroup(system, group, {
    head: 'personal', // no clusters: the hostile one needs no probe
    aggregation: { normBound: 'off' },
    rounds: { count: 12, participants: 2, quorum: 2, deadlineSeconds: 4, retries: 1 },
  });
  const daemons = [await daemon('ada', 0), await daemon('cleo', 1)];
  try {
    await spoil();
    assert.ok(!(norm(await latest()) < 1e30), 'it is spoilt');
    for (const one of daemons) assert.equal(one.child.exitCode, null, 'nobody gave up on it');

    assert.match(await operate('groups', 'show', group), /paused/);
    const rounds = (await operate('rounds', 'list', group)).split('\n');
    const spoilt = rounds.filter((line) => /committed/.test(line) && /e\+\d/.test(line)).at(-1);
    const sound = /checkpoint (\d+)/.exec(spoilt ?? '')?.[1];
    assert.ok(sound !== undefined, rounds.join('\n'));
    const number = /^\s*(\d+)/.exec(spoilt!)?.[1];
    assert.match(await operate('rounds', 'show', group, number!), /eve/);
    const keys = JSON.parse(await operate('keys', 'list', '--json')) as {
      items: { id: string; name: string }[];
    };
    await operate('keys', 'revoke', keys.items.find(({ name }) => name === 'eve')!.id);
    const said = await operate('groups', 'rollback', group, '--to-version', sound);
    assert.match(said, new RegExp(`spoilt is paused at checkpoint \\d+, with what checkpoint ${sound} held`));
    assert.match(await operate('groups', 'events', group), new RegExp(`group-rolled-back.*to ${sound}`));
    await operate('groups', 'start', group);

    for (const { ended } of daemons) {
      const { status, stderr } = await ended;
      assert.equal(status, 0, stderr);
      assert.match(stderr, /a sound checkpoint/);
    }
    const { state, committedRounds } = await system.admin.call('showGroup', { params });
    assert.deepEqual([state, committedRounds], ['completed', 12]);
    assert.ok(norm(await latest()) < 1e3, 'and what they made is sound');
  } finally {
    for (const { child } of daemons) child.kill('SIGKILL');
  }
});

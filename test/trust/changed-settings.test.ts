// Settings that an admin changes in the middle of a run, by real daemons: who agreed to no more goes on by them from the next round
// on, and who is asked for more ends without a yes of hers.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { runClient } from '@colora/client/daemon';
import type { ClientOptions } from '@colora/client/session/client-options';
import { groupPaths } from '@colora/client/workspace/group-workspace';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { decode } from '@colora/tensors/safetensors/safetensors';
import { useMembers } from '../support/members.ts';
import { makeGroup, useSystem } from '../support/system.ts';

const system = useSystem();
const members = useMembers(system);
const rounds = { count: 3, participants: 1, quorum: 1 };

/** Changes the group's settings as soon as its only member has begun to train for round 1. */
async function runWith(
  group: string,
  change: (settings: TaskSettings) => void,
  extra: Partial<ClientOptions> = {},
): Promise<{ lines: string[]; outcome: Awaited<ReturnType<typeof runClient>> }> {
  const lines: string[] = [];
  let changing: Promise<unknown> | null = null;
  const onProgress: ClientOptions['onProgress'] = ({ kind }) => {
    if (kind === 'training') changing ??= ask();
  };
  const ask = async () => {
    const { settings } = await system.admin.call('showGroup', { params: { group } });
    change(settings);
    await system.admin.call('changeSettings', { params: { group }, body: { settings } });
  };
  const log: ClientOptions['log'] = ({ message }) => lines.push(message);
  try {
    return { lines, outcome: await runClient(members.options(group, 'ada', { onProgress, log, ...extra })) };
  } finally {
    await changing;
  }
}

const settingsOfVersion = async (group: string, version: number) => {
  const { settings } = await system.admin.call('showManifest', { params: { group, version } });
  return JSON.parse(settings) as TaskSettings;
};

test('less, and other optimizers: the daemon goes on by them from the next round on, and its personal part with it', async () => {
  const group = 'less';
  await makeGroup(system, group, { rounds, aggregation: { optimizer: 'fedavgm' } });
  const change = (settings: TaskSettings) => {
    settings.training = { ...settings.training, batchSize: 8, optimizer: 'adamw', schedule: 'cosine' };
    settings.aggregation = {
      ...settings.aggregation,
      optimizer: 'fedadam',
      rule: 'geometric-median',
      rate: 0.01,
    };
    settings.wire.upload = 'int8';
    settings.task.maxTokens = 4;
    settings.rounds.count = 2;
  };
  const { lines, outcome } = await runWith(group, change, { acceptChanges: async () => false });
  assert.deepEqual([outcome.state, outcome.rounds], ['completed', 2]);
  assert.match(
    lines.join('\n'),
    /less asks no more than you agreed to in: .*texts that one contribution mixes: 8 before, 16 now/,
  );
  assert.match(lines.join('\n'), /less has other settings now: its model is opened anew/);
  assert.equal((await settingsOfVersion(group, 1)).training.batchSize, 4);
  assert.equal((await settingsOfVersion(group, 2)).training.batchSize, 8);
  const { items } = await system.admin.call('listEvents', {
    params: { group },
    query: { kind: 'contribution-refused' },
  });
  assert.deepEqual(items, []);
  const { personal } = groupPaths(members.options(group, 'ada').workspace, group);
  const { tensors } = decode(await readFile(personal));
  for (const [name, { data }] of tensors) assert.ok(data.every(Number.isFinite), name);
});

test('more: the daemon ends without a yes, keeps what it learnt, and a yes goes on from there', async () => {
  const group = 'more';
  await makeGroup(system, group, { rounds, privacy: { clipNorm: 100 } });
  const change = (settings: TaskSettings) => {
    settings.privacy = { ...settings.privacy, clipNorm: 1000 };
    settings.training.sharedSteps = 3;
  };
  await assert.rejects(runWith(group, change, { acceptChanges: async () => false }), {
    code: 'not-agreed',
    message: /clip of a contribution’s norm: 100 before, 1000 now.*--accept-changes/,
  });
  const { committedRounds } = await system.admin.call('showGroup', { params: { group } });
  assert.equal(committedRounds, 1);
  const outcome = await runClient(members.options(group, 'ada', { acceptChanges: async () => true }));
  assert.deepEqual([outcome.state, outcome.rounds], ['completed', 2]);
});

test('who accepts changes goes on within the same run', async () => {
  const group = 'accepted';
  await makeGroup(system, group, { rounds: { ...rounds, count: 2 } });
  const asked: string[] = [];
  const acceptChanges: ClientOptions['acceptChanges'] = async (_, changes, when) => {
    asked.push(when, ...changes);
    return true;
  };
  const change = ({ training }: TaskSettings) => {
    training.sharedSteps = 3;
  };
  const { outcome } = await runWith(group, change, { acceptChanges });
  assert.deepEqual([outcome.state, outcome.rounds], ['completed', 2]);
  assert.equal(asked[0], 'running');
  assert.match(asked.join('\n'), /work of a round/);
  assert.equal(asked.filter((line) => line === 'joining').length, 0);
});

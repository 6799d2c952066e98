// Nobody reads one member's update out of a checkpoint: what fewer members hold than the group asks for doesn't move, who holds
// what is asked before, and a round waits for as many. Two people train together all the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import { onOneDatabase } from '../../testing/databases.ts';
import { joinAs, makeGroup, type TestMember, tensors } from '../../testing/group.ts';
import { useCoordinator } from '../../testing/use-coordinator.ts';

const labels = ['bad', 'good', 'rare'];
const initial = tensors({ 'head/bad': [0], 'head/good': [0], 'head/rare': [0], 'x.shared.A': [0, 0] });

onOneDatabase('tensors that few members hold', (database) => {
  const coordinator = useCoordinator(database);

  const make = (name: string, settings: Partial<TaskSettingsInput>) =>
    makeGroup(coordinator.url, {
      ...{ name, initial },
      settings: {
        task: { kind: 'classification', labels, clusters: 'off' },
        privacy: { minMembers: 3 },
        ...settings,
      },
    });

  const joinWith = (group: string, name: string, own: readonly string[]) =>
    joinAs(coordinator.url, `${group}-${name}`, group, undefined, own);

  const everything = (by: number) =>
    tensors({ 'head/bad': [by], 'head/good': [by], 'head/rare': [by], 'x.shared.A': [by, by] });
  const without = (by: number, ...names: string[]) =>
    new Map([...everything(by)].filter(([name]) => !names.includes(name)));
  const valuesOf = async (member: TestMember, version: number) =>
    Object.fromEntries([...(await member.checkpoint(version))].map(([name, { data }]) => [name, data[0]]));

  test('a row that two of four send stays, whoever was told what; the weights say so', async () => {
    const group = 'rows';
    await make(group, { rounds: { count: 2, participants: 4 } });
    const two = ['bad', 'good'];
    const members = [
      await joinWith(group, 'ada', ['rare', ...two, 'no label of the group']),
      await joinWith(group, 'bob', [...labels]),
      await joinWith(group, 'cleo', two),
      await joinWith(group, 'dan', two),
    ];
    const [ada, bob, cleo, dan] = members as [TestMember, TestMember, TestMember, TestMember];
    for (const member of members) {
      const { round } = await member.until('a round', (now) => now.round !== null);
      assert.deepEqual(round?.travelling, two, 'its labels that three have');
    }
    await ada.contribute(everything(-1)); // against what it was told
    await bob.contribute(everything(-2));
    await cleo.contribute(without(-3, 'head/rare'));
    await dan.contribute(without(-6, 'head/rare', 'head/bad'));
    await ada.until('checkpoint 1', ({ checkpoint }) => checkpoint?.version === 1);
    assert.deepEqual(await valuesOf(ada, 1), {
      'head/bad': 2,
      'head/good': 3,
      'head/rare': 0,
      'x.shared.A': 3,
    });
    const { weights } = await ada.api.call('showContribution', { params: { group, round: 1 } });
    assert.deepEqual(weights, { 'head/bad': 1 / 3, 'head/good': 0.25, 'head/rare': 0, 'x.shared.A': 0.25 });

    // what three send moves, though nobody was told that it would
    for (const member of [ada, bob, cleo]) await member.contribute(everything(-6));
    await dan.contribute(without(0, 'head/rare'));
    await ada.until('the end', ({ state }) => state === 'completed');
    assert.equal((await valuesOf(ada, 2))['head/rare'], 6);
  });

  test('the next round tells the row that a third member has come to have', async () => {
    const group = 'third';
    await make(group, { rounds: { count: 9, participants: 3 } });
    const own = [labels, labels, ['bad', 'good']];
    const members: TestMember[] = [];
    for (const [index, name] of ['ada', 'bob', 'cleo'].entries())
      members.push(await joinWith(group, name, own[index]!));
    const told = async (round: number) => {
      const answers = [];
      for (const member of members) {
        const now = await member.until(`round ${round}`, (one) => one.round?.number === round);
        answers.push(now.round?.travelling?.includes('rare'));
      }
      return answers;
    };
    assert.deepEqual(await told(1), [false, false, false]);
    await members[2]!.api.call('joinGroup', { params: { group }, body: { labels } });
    for (const member of members) await member.contribute(without(1, 'head/rare'));
    assert.deepEqual(await told(2), [true, true, true]);
  });

  test('two people train together: both hold what moves, and one’s own row stays hers', async () => {
    const group = 'two';
    await make(group, { rounds: { count: 1, participants: 2 } });
    const [ada, bob] = [await joinWith(group, 'ada', labels), await joinWith(group, 'bob', ['bad', 'good'])];
    const { round } = await ada.until('a round', (now) => now.round !== null);
    assert.deepEqual(round?.travelling, ['bad', 'good']);
    await ada.contribute(everything(-1));
    await bob.contribute(without(-3, 'head/rare'));
    await ada.until('the end', ({ state }) => state === 'completed');
    assert.deepEqual(await valuesOf(ada, 1), {
      'head/bad': 2,
      'head/good': 2,
      'head/rare': 0,
      'x.shared.A': 2,
    });
  });

  test('a group of more waits for three, though it asks for two and is content with one', async () => {
    const group = 'waits';
    const admin = await make(group, {
      rounds: { count: 9, participants: 2, quorum: 1, deadlineSeconds: 2, retries: 0 },
    });
    await admin.call('pauseGroup', { params: { group } });
    const [ada, bob, cleo] = [
      await joinWith(group, 'ada', labels),
      await joinWith(group, 'bob', labels),
      await joinWith(group, 'cleo', labels),
    ];
    const away = { awayUntil: '2100-01-01T00:00:00Z', windows: null };
    await cleo.api.call('putAvailability', { params: { group }, body: away });
    await admin.call('startGroup', { params: { group } });
    const waiting = await ada.until('to be told', (now) => now.waiting !== null);
    assert.deepEqual([waiting.waiting?.here, waiting.waiting?.needed, waiting.round], [2, 3, null]);
    await cleo.api.call('putAvailability', { params: { group }, body: { awayUntil: null, windows: null } });
    await Promise.all([ada.contribute(everything(-1)), bob.contribute(everything(-1))]);
    const paused = await ada.until('the deadline', ({ state }) => state === 'paused');
    assert.match(paused.pausedReason ?? '', /of the 3 contributions it needs/);
    assert.equal(paused.checkpoint?.version, 0, 'nothing that two sent is in a checkpoint');
  });

  test('late contributions count as their members do: with one a tensor has its three', async () => {
    const group = 'late';
    const rounds = {
      count: 9,
      participants: 3,
      deadlineSeconds: 60,
      maxStaleness: 1,
      mode: 'buffered',
      bufferSize: 3,
    } as const;
    await make(group, { rounds, aggregation: { normBound: 'off' } });
    const members: TestMember[] = [];
    for (const name of ['ada', 'bob', 'cleo', 'dan']) members.push(await joinWith(group, name, labels));
    const [ada, bob, cleo, dan] = members as [TestMember, TestMember, TestMember, TestMember];
    for (const member of members) await member.until('a round', (now) => now.round !== null);
    for (const member of [ada, bob, cleo]) await member.contribute(everything(-1));
    await ada.until('round 2', ({ round }) => round?.number === 2);
    await dan.contribute(everything(-1), { round: 1, metadata: { round: 1, version: 0 } });
    await ada.contribute(everything(-1));
    await bob.contribute(without(-1, 'head/rare'));
    await ada.until('checkpoint 2', ({ checkpoint }) => checkpoint?.version === 2);
    const moved = await valuesOf(ada, 2);
    assert.equal(moved['head/rare'], 1, 'two of the three held it');
    assert.ok(Math.abs(moved['x.shared.A']! - 1 - (2 + Math.SQRT1_2) / 3) < 1e-6);
  });
});

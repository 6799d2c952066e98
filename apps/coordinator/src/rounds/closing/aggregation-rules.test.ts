// Aggregation rules in the running coordinator: who is left out and who is held back is told, a rule's state lasts from
// round to round, settings that ask for too few are refused, and a claim of examples counts up to the cap.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiClient } from '@colora/protocol/api-client';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import { onOneDatabase } from '../../testing/databases.ts';
import { adminKey, joinAs, makeGroup, makeSettings, type TestMember, tensors } from '../../testing/group.ts';
import { useCoordinator } from '../../testing/use-coordinator.ts';

onOneDatabase('aggregation rules', (database) => {
  const coordinator = useCoordinator(database);

  /** A group of `names`, whose round closes when all have contributed. */
  async function group(
    name: string,
    names: readonly string[],
    aggregation: TaskSettingsInput['aggregation'],
    rounds = 1,
  ) {
    const count = { count: rounds, participants: names.length, quorum: names.length };
    const initial = tensors({ 'x.shared.A': [0, 0] });
    const admin = await makeGroup(coordinator.url, {
      name,
      settings: { aggregation, rounds: count },
      initial,
    });
    const members = [];
    for (const who of names) members.push(await joinAs(coordinator.url, `${name}-${who}`, name));
    return { admin, members };
  }

  const committed = (member: TestMember, version: number) =>
    member.until(`checkpoint ${version}`, ({ checkpoint }) => (checkpoint?.version ?? 0) >= version);

  test('krum: the hostile one moves nothing, and the round tells who was taken', async () => {
    const names = ['ann', 'ben', 'cat', 'dan', 'eve'];
    const { admin, members } = await group('krum', names, { rule: 'krum', byzantine: 1, normBound: 'off' });
    for (const [i, member] of members.entries())
      await member.contribute(tensors({ 'x.shared.A': i === 2 ? [1e30, -1e30] : [1, i / 8] }));
    await committed(members[0]!, 1);
    const [first, second] = (await members[0]!.checkpoint()).get('x.shared.A')!.data;
    assert.equal(first, -1);
    assert.ok(Math.abs(second!) <= 0.5);
    const round = await admin.call('showRound', { params: { group: 'krum', round: 1 } });
    assert.equal(round.metrics.ruleLeftOut, 4);
    const parts = new Map(round.contributionList.map(({ participant, part }) => [participant, part]));
    assert.equal(parts.get('krum-cat'), 0);
    assert.deepEqual([...parts.values()].sort(), [0, 0, 0, 0, 1]);
  });

  test('centered clipping: the centre lasts from round to round, beside the optimizer’s state', async () => {
    const aggregation = { rule: 'centered-clipping', radius: 2, optimizer: 'fedavgm', momentum: 0 } as const;
    const { members } = await group('clipped', ['ann', 'ben'], aggregation, 3);
    for (let version = 0; version < 3; version += 1) {
      for (const member of members) {
        await committed(member, version);
        await member.contribute(tensors({ 'x.shared.A': [3, 4] })); // of norm 5
      }
    }
    await committed(members[0]!, 3);
    const lengths = [];
    for (const version of [1, 2, 3]) {
      const [x, y] = (await members[0]!.checkpoint(version)).get('x.shared.A')!.data;
      lengths.push(Math.round(Math.hypot(x!, y!) * 1e3) / 1e3);
    }
    assert.deepEqual(lengths, [2, 2 + 4, 2 + 4 + 5]);
  });

  test('weights by examples end at the cap', async () => {
    const aggregation = { weighting: 'examples', exampleCap: 30 } as const;
    const { members } = await group('capped', ['ann', 'ben'], aggregation);
    await members[0]!.contribute(tensors({ 'x.shared.A': [4, 0] }), { metadata: { examples: 10 } });
    await members[1]!.contribute(tensors({ 'x.shared.A': [0, 4] }), { metadata: { examples: 9_000_000 } });
    await committed(members[0]!, 1);
    assert.deepEqual([...(await members[0]!.checkpoint()).get('x.shared.A')!.data], [-1, -3]);
  });

  test('a rule with too low a quorum is refused with the quorum it needs', async () => {
    const api = createApiClient(coordinator.url, () => adminKey);
    const settings = makeSettings({
      aggregation: { rule: 'multi-krum', byzantine: 2 },
      rounds: { participants: 9, quorum: 6 },
    });
    await assert.rejects(
      api.call('createGroup', { body: { name: 'low', access: 'open', settings } }),
      /rounds\.quorum: the rule multi-krum needs at least 7 contributions a round: raise the quorum to 7/,
    );
  });

  test('controls of SCAFFOLD move by |S| / N of their mean, past the server optimizer', async () => {
    const admin = await makeGroup(coordinator.url, {
      name: 'controls',
      settings: {
        training: { controls: true, optimizer: 'sgd' },
        aggregation: { optimizer: 'fedadam', rate: 0.1 },
        rounds: { count: 1, participants: 2, quorum: 2, cohort: { count: 2 } },
      },
      initial: tensors({ x: [1], 'control/x': [0.5] }),
      start: false,
    });
    const members = [];
    for (const who of ['ann', 'ben', 'cat', 'dan'])
      members.push(await joinAs(coordinator.url, `controls-${who}`, 'controls'));
    await admin.call('startGroup', { params: { group: 'controls' } });
    let sent = 0;
    while (sent < 2) {
      for (const member of members) {
        const { round } = await member.assignment();
        if (round === null || round.contributed || sent === 2) continue;
        sent += 1;
        await member.contribute(tensors({ x: [1], 'control/x': [sent] }));
      }
    }
    await committed(members[0]!, 1);
    const after = await members[0]!.checkpoint();
    assert.ok(Math.abs(after.get('control/x')!.data[0]! - (0.5 - (2 / 4) * 1.5)) < 1e-6);
    assert.ok(after.get('x')!.data[0]! > 0.8); // one step of fedadam, not of the mean
  });
});

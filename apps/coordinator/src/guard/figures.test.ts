// Members tell figures of their verdicts through the real door: bounded, once a member and checkpoint, only to the group they are
// in; what they hear is the group's, and those who run it hear counts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiProblem } from '@colora/protocol/api-client';
import { onOneDatabase } from '../testing/databases.ts';
import { joinAs, makeGroup, type TestMember, tensors } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

onOneDatabase('figures of members', (database) => {
  const coordinator = useCoordinator(database);

  const tell = (one: TestMember, group: string, figures: object, version = 0) =>
    one.api.call('putFigures', {
      params: { group },
      body: { version, shareOfCore: 50, gain: 0, standardError: 10, ...figures },
    });
  const joined = (group: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, i) => joinAs(coordinator.url, `${group}-${i}`, group)));
  const refused = (code: Parameters<ApiProblem['is']>[0]) => (error: unknown) =>
    error instanceof ApiProblem && error.is(code);

  test('a member hears of others in fours, and the same as everybody; operators hear counts', async () => {
    const admin = await makeGroup(coordinator.url, { name: 'fours', start: false });
    const params = { group: 'fours' };
    const members = await joined('fours', 6);
    for (const [i, one] of members.entries()) {
      const { version, figures } = await tell(one, 'fours', { shareOfCore: 80, gain: 20, standardError: 4 });
      assert.deepEqual([version, figures?.reporters ?? null], [0, i < 3 ? null : 4]);
    }
    const heard = await Promise.all(members.map(({ api }) => api.call('showFigures', { params })));
    for (const one of heard) assert.deepEqual(one, heard[0]);
    assert.equal(heard[0]!.awaited, 0);
    assert.equal(heard[0]!.figures!.shareOfCore, 0.8);
    assert.deepEqual(await admin.call('showFigures', { params }), heard[0]);
    await tell(members[4]!, 'fours', { gain: -90, standardError: 5 });
    assert.deepEqual(await admin.call('showFigures', { params }), heard[0], 'the fifth is in no answer yet');
    assert.deepEqual(await admin.call('countVerdicts', { params }), {
      version: 0,
      members: 6,
      told: 6,
      helped: 5,
      noGainSeen: 1,
      tooEarly: 0,
      figures: heard[0]!.figures,
    });
  });

  test('what is told again takes the place of what was told; who is revoked tells nothing any more', async () => {
    const admin = await makeGroup(coordinator.url, { name: 'again', start: false });
    const params = { group: 'again' };
    const members = await joined('again', 8);
    for (const one of members) await tell(one, 'again', { shareOfCore: 0 });
    await tell(members[0]!, 'again', { shareOfCore: 80 });
    await tell(members[0]!, 'again', { shareOfCore: 80 });
    const { figures } = await admin.call('showFigures', { params });
    assert.deepEqual([figures!.reporters, figures!.shareOfCore], [8, 0.1]);
    const { items } = await admin.call('listKeys', { query: { limit: 1000 } });
    const { id } = items.find(({ name }) => name === 'again-0')!;
    await admin.call('revokeKey', { params: { id }, query: {} });
    const { members: left, told, figures: rest } = await admin.call('countVerdicts', { params });
    assert.deepEqual([left, told, rest!.reporters, rest!.shareOfCore], [7, 7, 4, 0]);
  });

  test('figures are of the latest checkpoint: others are refused, and with the next all are to be told anew', async () => {
    const admin = await makeGroup(coordinator.url, {
      name: 'moves',
      settings: { rounds: { count: 2, participants: 4, quorum: 4 } },
    });
    const params = { group: 'moves' };
    const members = await joined('moves', 4);
    for (const one of members) await tell(one, 'moves', {});
    assert.equal((await admin.call('showFigures', { params })).figures?.reporters, 4);
    for (const one of members) await one.until('a round', ({ round }) => round !== null);
    for (const one of members)
      await one.contribute(tensors({ 'x.shared.A': [1, 1], 'x.shared.B': [0, 0, 0] }));
    await members[0]!.until('checkpoint 1', ({ checkpoint }) => checkpoint?.version === 1);
    assert.deepEqual(await admin.call('showFigures', { params }), {
      version: 1,
      figures: null,
      awaited: 4,
    });
    const { awaited } = await members[0]!.api.call('showFigures', { params });
    assert.equal(awaited, 3, 'of the others, who polled a moment ago');
    for (const version of [0, 2])
      await assert.rejects(tell(members[0]!, 'moves', {}, version), refused('stale-version'));
    await tell(members[0]!, 'moves', {}, 1);
    assert.equal((await admin.call('countVerdicts', { params })).told, 1);
  });

  test('only members tell and hear, only participants tell, only operators count; what is no figure is refused', async () => {
    const admin = await makeGroup(coordinator.url, { name: 'ours', start: false });
    await makeGroup(coordinator.url, { name: 'theirs', start: false });
    const params = { group: 'ours' };
    const stranger = await joinAs(coordinator.url, 'a-stranger', 'theirs');
    const member = await joinAs(coordinator.url, 'a-member', 'ours');
    await assert.rejects(tell(stranger, 'ours', {}), refused('unknown-group'));
    await assert.rejects(stranger.api.call('showFigures', { params }), refused('unknown-group'));
    await assert.rejects(tell({ ...member, api: admin }, 'ours', {}), refused('wrong-role'));
    await assert.rejects(member.api.call('countVerdicts', { params }), refused('wrong-role'));
    for (const figures of [{ gain: 0.123456 }, { standardError: 0 }, { shareOfCore: 1000 }, { note: 'x' }])
      await assert.rejects(tell(member, 'ours', figures), refused('invalid-request'));
    assert.equal((await admin.call('countVerdicts', { params })).told, 0);
  });
});

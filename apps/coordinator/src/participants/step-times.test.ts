// Members tell how long a step takes them through the real door; those who run the group hear of the slowest, and the deadlines
// of its rounds follow where it was set so. And what they run with, which stands beside it in lists.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiProblem } from '@colora/protocol/api-client';
import { onOneDatabase } from '../testing/databases.ts';
import { joinAs, makeGroup } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

onOneDatabase('step times of members', (database) => {
  const coordinator = useCoordinator(database);

  const training = { personalSteps: 4, sharedSteps: 4 };
  const refused = (code: Parameters<ApiProblem['is']>[0]) => (error: unknown) =>
    error instanceof ApiProblem && error.is(code);

  test('of those who are members the slowest counts, and each once', async () => {
    const admin = await makeGroup(coordinator.url, { name: 'slow', start: false, settings: { training } });
    const params = { group: 'slow' };
    const [ann, bob] = [
      await joinAs(coordinator.url, 'ann', 'slow'),
      await joinAs(coordinator.url, 'bob', 'slow'),
    ];
    const nobody = { members: 2, told: 0, steps: 8, slowestStepSeconds: null, deadlineSeconds: 600 };
    assert.deepEqual(await admin.call('showStepTimes', { params }), nobody);
    await ann.api.call('putStepTime', { params, body: { stepSeconds: 12 } });
    await bob.api.call('putStepTime', { params, body: { stepSeconds: 300 } });
    await bob.api.call('putStepTime', { params, body: { stepSeconds: 90 } });
    const told = { ...nobody, told: 2, slowestStepSeconds: 90 };
    assert.deepEqual(await admin.call('showStepTimes', { params }), told);
    const { items } = await admin.call('listKeys', { query: { limit: 1000 } });
    await admin.call('revokeKey', {
      params: { id: items.find(({ name }) => name === 'bob')!.id },
      query: {},
    });
    const left = { ...told, members: 1, told: 1, slowestStepSeconds: 12 };
    assert.deepEqual(await admin.call('showStepTimes', { params }), left);
  });

  test('what a member runs with is what it told when it last joined, and nobody’s before', async () => {
    const admin = await makeGroup(coordinator.url, { name: 'machines', start: false });
    const { api } = await joinAs(coordinator.url, 'mia', 'machines');
    const params = { group: 'machines' };
    const shown = async () =>
      (await admin.call('listParticipants', { query: params })).items.map(({ machine }) => machine);
    assert.deepEqual(await shown(), [null]);
    const machine = { version: '1.2.3', engine: 'onnx', device: 'cuda' };
    await api.call('joinGroup', { params, body: { machine } });
    assert.deepEqual(await shown(), [machine]);
    await api.call('joinGroup', { params, body: { check: true } });
    assert.deepEqual(await shown(), [machine], 'a check changes nothing');
    for (const wrong of [{ device: 'Anna’s laptop' }, { version: 'latest' }, { engine: 'x'.repeat(25) }])
      await assert.rejects(
        api.call('joinGroup', { params, body: { machine: { ...machine, ...wrong } } }),
        refused('invalid-request'),
      );
    await api.call('joinGroup', { params, body: {} });
    assert.deepEqual(await shown(), [null]);
  });

  test('only members tell, only those who run the group hear, and only what is a step time', async () => {
    const admin = await makeGroup(coordinator.url, { name: 'ours', start: false });
    await makeGroup(coordinator.url, { name: 'theirs', start: false });
    const params = { group: 'ours' };
    const stranger = await joinAs(coordinator.url, 'a-stranger', 'theirs');
    const member = await joinAs(coordinator.url, 'a-member', 'ours');
    const body = { stepSeconds: 5 };
    await assert.rejects(stranger.api.call('putStepTime', { params, body }), refused('unknown-group'));
    await assert.rejects(admin.call('putStepTime', { params, body }), refused('wrong-role'));
    await assert.rejects(member.api.call('showStepTimes', { params }), refused('wrong-role'));
    for (const stepSeconds of [0, 1.5, 1e9])
      await assert.rejects(
        member.api.call('putStepTime', { params, body: { stepSeconds } }),
        refused('invalid-request'),
      );
    assert.equal((await admin.call('showStepTimes', { params })).told, 0);
  });

  test('a deadline that follows is as long as the slowest needs from the next round on, another stays', async () => {
    for (const adaptDeadline of [true, false]) {
      const name = adaptDeadline ? 'follows' : 'stays';
      const rounds = { count: 2, participants: 2, quorum: 2, deadlineSeconds: 100, adaptDeadline };
      const admin = await makeGroup(coordinator.url, { name, start: false, settings: { training, rounds } });
      const params = { group: name };
      const slowest = await joinAs(coordinator.url, `${name}-one`, name);
      await slowest.api.call('putStepTime', { params, body: { stepSeconds: 30 } });
      await joinAs(coordinator.url, `${name}-two`, name);
      await admin.call('startGroup', { params });
      const { round } = await slowest.until('a round', (assignment) => assignment.round !== null);
      const wanted = adaptDeadline ? 3 * 8 * 30 : 100;
      assert.ok(round!.secondsLeft! <= wanted && round!.secondsLeft! > wanted - 60, `${round!.secondsLeft}`);
      assert.equal((await admin.call('showStepTimes', { params })).deadlineSeconds, wanted);
    }
  });

  test('another deadline is set for the rounds to come: the live one keeps its own', async () => {
    const rounds = { count: 2, participants: 1, quorum: 1, deadlineSeconds: 100 };
    const admin = await makeGroup(coordinator.url, { name: 'longer', settings: { rounds } });
    const params = { group: 'longer' };
    const member = await joinAs(coordinator.url, 'longer-one', 'longer');
    await member.until('a round', ({ round }) => round !== null);
    const { settings } = await admin.call('extendGroup', { params, body: { deadlineSeconds: 4000 } });
    assert.equal(settings.rounds.deadlineSeconds, 4000);
    assert.equal(settings.rounds.count, 2);
    const [live] = (await admin.call('listRounds', { params, query: { limit: 1 } })).items;
    assert.ok(Date.parse(live!.deadlineAt) - Date.parse(live!.openedAt) <= 100_000);
    await admin.call('pauseGroup', { params });
    await admin.call('startGroup', { params });
    const [again] = (await admin.call('listRounds', { params, query: { limit: 1 } })).items;
    assert.ok(Date.parse(again!.deadlineAt) - Date.now() > 3_000_000, 'time given again is the new one');
    await assert.rejects(
      admin.call('extendGroup', { params, body: { deadlineSeconds: 0 } }),
      refused('invalid-request'),
    );
    await assert.rejects(admin.call('extendGroup', { params, body: {} }), refused('invalid-request'));
  });
});

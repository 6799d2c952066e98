// What an admin may do with a running group: cancel its round, give it time or rounds, end it; and that whatever was
// acknowledged is counted or listed as refused. Lists come in pages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem } from '@colora/protocol/api-client';
import type { ProblemCode } from '@colora/protocol/problem-table';
import { onOneDatabase } from '../testing/databases.ts';
import { joinAs, makeGroup, tensors } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

const update = tensors({ 'x.shared.A': [1, 1] });
const refusal = (code: ProblemCode, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ApiProblem, String(error));
  assert.deepEqual([error.problem.code, text.test(error.problem.detail)], [code, true], error.problem.detail);
  return true;
};

onOneDatabase('admin actions', (database) => {
  const coordinator = useCoordinator(database);

  async function makeRunning(name: string, rounds: object, people: readonly string[]) {
    const admin = await makeGroup(coordinator.url, { name, settings: { rounds } });
    const members = [];
    for (const person of people) members.push(await joinAs(coordinator.url, `${name}-${person}`, name));
    for (const one of members) await one.until('a round', ({ round }) => round !== null);
    return { admin, members, params: { group: name } };
  }

  test('a cancelled round fails, lists its contributions as refused, and another one opens', async () => {
    const { admin, members, params } = await makeRunning('cancel', { count: 1 }, ['ada', 'bob']);
    const [ada, bob] = members;
    await ada?.contribute(update);
    const cancelled = await admin.call('cancelRound', { params: { ...params, round: 1 } });
    assert.deepEqual([cancelled.state, cancelled.contributions], ['failed', 1]);
    assert.match(cancelled.reason ?? '', /^cancelled by /);
    const again = await admin.call('cancelRound', { params: { ...params, round: 1 } });
    assert.equal(again.state, 'failed');
    const query = { kind: 'contribution-refused', round: 1 } as const;
    const { items } = await admin.call('listEvents', { params, query });
    assert.deepEqual(
      items.map(({ participant, round, detail }) => [participant, round, detail.code]),
      [['cancel-ada', 1, 'cancelled']],
    );
    const next = await ada?.until('the next round', ({ round }) => round?.number === 2);
    assert.deepEqual([next?.round?.version, next?.round?.contributed], [0, false]);
    await Promise.all([ada?.contribute(update), bob?.contribute(update)]);
    await ada?.until('the end', ({ state }) => state === 'completed');
    const committed = { params: { ...params, round: 2 } };
    await assert.rejects(admin.call('cancelRound', committed), refusal('wrong-round-state', /committed/));
    await assert.rejects(
      admin.call('cancelRound', { params: { ...params, round: 9 } }),
      refusal('unknown-round', /9/),
    );
  });

  test('a completed group goes on with more rounds; a live round gets more time', async () => {
    const { admin, members, params } = await makeRunning('extend', { count: 1, participants: 1 }, ['cleo']);
    const [cleo] = members;
    const before = await admin.call('showRound', { params: { ...params, round: 1 } });
    await admin.call('extendGroup', { params, body: { seconds: 1000 } });
    const longer = await admin.call('showRound', { params: { ...params, round: 1 } });
    assert.equal(Date.parse(longer.deadlineAt) - Date.parse(before.deadlineAt), 1_000_000);
    await cleo?.contribute(update);
    await cleo?.until('the end', ({ state }) => state === 'completed');
    await assert.rejects(admin.call('startGroup', { params }), refusal('wrong-group-state', /extend it/));
    await assert.rejects(
      admin.call('extendGroup', { params, body: { seconds: 1 } }),
      refusal('wrong-round-state', /no round/),
    );
    await assert.rejects(
      admin.call('extendGroup', { params, body: { rounds: 1_000_000 } }),
      refusal('invalid-request', /at most 1000000/),
    );
    await assert.rejects(
      admin.call('extendGroup', { params, body: {} }),
      refusal('invalid-request', /give rounds, seconds or deadlineSeconds/),
    );
    const extended = await admin.call('extendGroup', { params, body: { rounds: 2 } });
    assert.deepEqual([extended.state, extended.settings.rounds.count], ['running', 3]);
    for (const version of [1, 2]) {
      await cleo?.until('its round', ({ round }) => round?.version === version);
      await cleo?.contribute(update);
    }
    await cleo?.until(
      'the end',
      ({ state, committedRounds }) => state === 'completed' && committedRounds === 3,
    );
  });

  test('an ended group keeps its checkpoint and says who ended it', async () => {
    const { admin, members, params } = await makeRunning('end', { count: 5, participants: 1 }, ['dan']);
    const [dan] = members;
    await dan?.contribute(update);
    await dan?.until('its round', ({ round }) => round?.number === 2);
    const ended = await admin.call('endGroup', { params });
    assert.deepEqual([ended.state, ended.committedRounds], ['completed', 1]);
    assert.match(ended.endedReason ?? '', /^ended by /);
    assert.equal((await admin.call('endGroup', { params })).state, 'completed');
    await assert.rejects(
      dan?.contribute(update, { round: 2, metadata: { version: 1 } }) ?? Promise.resolve(),
      /collect|waited/,
    );
    const { items } = await admin.call('listEvents', { params });
    const kinds = items.map(({ kind }) => kind);
    for (const kind of [
      'group-created',
      'group-started',
      'round-opened',
      'round-committed',
      'round-cancelled',
    ]) {
      assert.ok(kinds.includes(kind), kind);
    }
    assert.equal(items.at(-1)?.kind, 'group-created');
    assert.notEqual(items.at(-1)?.by, null);
  });

  test('a member outside its hours is not asked, and is again when it says so', async () => {
    const { admin, members, params } = await makeRunning('hours', { count: 9, participants: 1, quorum: 1 }, [
      'eve',
      'fay',
    ]);
    const [eve, fay] = members;
    const awayUntil = new Date(Date.now() + 3_600_000).toISOString();
    const said = await fay?.api.call('putAvailability', { params, body: { awayUntil } });
    assert.deepEqual(said, { awayUntil, windows: null });
    await Promise.all([eve?.contribute(update), fay?.contribute(update)]);
    await eve?.until('the next round', ({ round }) => round?.number === 2);
    assert.equal((await fay?.assignment())?.round, null);
    assert.equal((await admin.call('showRound', { params: { ...params, round: 2 } })).cohort, 1);
    await fay?.api.call('putAvailability', { params, body: {} });
    assert.equal((await fay?.assignment())?.round?.number, 2);
    const wrong = { params, body: { windows: [{ from: 5, to: 5 }] } };
    await assert.rejects(
      fay?.api.call('putAvailability', wrong) ?? Promise.resolve(),
      refusal('invalid-request', /windows.0: a window begins/),
    );
  });

  test('contributions and who is missing come in pages', async () => {
    const people = ['a', 'b', 'c', 'd', 'e'];
    const rounds = { count: 1, participants: 5 };
    const { admin, members, params } = await makeRunning('pages', rounds, people);
    for (const one of members.slice(0, 3)) {
      await one.contribute(update);
      await sleep(2);
    }
    const show = (query: object) => admin.call('showRound', { params: { ...params, round: 1 }, query });
    const first = await show({ limit: 2 });
    const second = await show({ limit: 2, cursor: first.next! });
    const names = [...first.contributionList, ...second.contributionList].map(
      ({ participant }) => participant,
    );
    assert.deepEqual(names, ['pages-a', 'pages-b', 'pages-c']);
    assert.deepEqual([first.missing, first.missingTotal, second.missing], [['pages-d', 'pages-e'], 2, []]);
    assert.equal(second.next, null);
  });
});

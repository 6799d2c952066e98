// Closing: one commit however many closers, deadlines and quorums, empty tensors, failed steps, advice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildCoordinator, type Coordinator } from '../../coordinator.ts';
import type { DatabaseOptions } from '../../database/open-database.ts';
import { onOneDatabase } from '../../testing/databases.ts';
import { adminKey, joinAs, makeGroup, member, tensors } from '../../testing/group.ts';

onOneDatabase('closing', (database) => {
  let coordinator: Coordinator;
  let options: DatabaseOptions;
  const build = () => buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
  before(async () => {
    options = await database.create();
    coordinator = await build();
  });
  after(() => coordinator.close());

  test('a member that stays away does not hold up a round with a quorum', async () => {
    const rounds = { count: 1, participants: 2, quorum: 1, deadlineSeconds: 1 };
    const admin = await makeGroup(coordinator.url, { name: 'quorum', settings: { rounds } });
    const ada = await joinAs(coordinator.url, 'ada', 'quorum');
    await joinAs(coordinator.url, 'bob', 'quorum');
    await ada.contribute(tensors({ 'x.shared.A': [1, 1] }));
    await ada.until('the end', ({ state }) => state === 'completed');
    const round = await admin.call('showRound', { params: { group: 'quorum', round: 1 } });
    assert.deepEqual([round.contributions, round.cohort, round.missing], [1, 2, ['bob']]);
  });

  test('with fewer than the quorum the round is tried again, and what was acknowledged counts', async () => {
    const rounds = { count: 1, participants: 2, quorum: 2, deadlineSeconds: 1, retries: 100 };
    const admin = await makeGroup(coordinator.url, { name: 'again', settings: { rounds } });
    const cleo = await joinAs(coordinator.url, 'cleo', 'again');
    const dan = await joinAs(coordinator.url, 'dan', 'again');
    await cleo.contribute(tensors({ 'x.shared.A': [1, 1] }));
    const show = () => admin.call('showRound', { params: { group: 'again', round: 1 } });
    while ((await show()).attempt < 2) await sleep(100);
    assert.equal((await show()).state, 'collecting');
    await dan.contribute(tensors({ 'x.shared.A': [1, 1] }));
    await dan.until('the end', ({ state }) => state === 'completed');
    const { metrics, contributions } = await show();
    assert.ok((metrics.retries ?? 0) >= 1 && contributions === 2);
  });

  test('a quorum that never comes pauses the group with the reason; started again it goes on', async () => {
    const rounds = { count: 1, participants: 2, quorum: 2, deadlineSeconds: 1, retries: 1 };
    const admin = await makeGroup(coordinator.url, { name: 'short', settings: { rounds } });
    const kim = await joinAs(coordinator.url, 'kim', 'short');
    const lou = await joinAs(coordinator.url, 'lou', 'short');
    await kim.contribute(tensors({ 'x.shared.A': [1, 1] }));
    await kim.until('the pause', ({ state }) => state === 'paused');
    const { pausedReason } = await admin.call('showGroup', { params: { group: 'short' } });
    assert.equal(pausedReason, 'round 1 got 1 of the 2 contributions it needs in 2 tries');
    const started = await admin.call('startGroup', { params: { group: 'short' } });
    assert.equal(started.pausedReason, null);
    await lou.contribute(tensors({ 'x.shared.A': [1, 1] }));
    await lou.until('the end', ({ state }) => state === 'completed');
  });

  test('nothing shared: empty contributions count rounds', async () => {
    const rounds = { count: 2, participants: 1 };
    const settings = { rounds, adapter: { layout: 'alone' as const } };
    await makeGroup(coordinator.url, { name: 'alone', settings, initial: new Map() });
    const eve = await joinAs(coordinator.url, 'eve', 'alone');
    for (const version of [0, 1]) {
      await eve.until('a round', ({ round }) => round?.version === version && !round.contributed);
      await eve.contribute(new Map());
    }
    const done = await eve.until('the end', ({ state }) => state === 'completed');
    assert.equal(done.checkpoint?.version, 2);
    assert.equal((await eve.checkpoint()).size, 0);
  });

  test('figures of a round, of members, and how alike they are', async () => {
    const rounds = { count: 1, participants: 3 };
    const admin = await makeGroup(coordinator.url, { name: 'figures', settings: { rounds } });
    const params = { group: 'figures' };
    const updates = { fay: [1, 0, 0], gus: [2, 0, 0], hal: [0, 1, 0] };
    const members = await Promise.all(
      Object.keys(updates).map((name) => joinAs(coordinator.url, name, 'figures')),
    );
    for (const [index, values] of Object.values(updates).entries()) {
      const metadata = { examples: 10, sharedLoss: index };
      await members[index]?.contribute(tensors({ 'x.shared.B': values }), { metadata });
    }
    await members[0]?.until('the end', ({ state }) => state === 'completed');
    const { metrics } = await admin.call('showRound', { params: { ...params, round: 1 } });
    assert.deepEqual([metrics.contributions, metrics.examples, metrics.sharedLoss], [3, 30, 1]);
    assert.ok((metrics.updateNorm ?? 0) > 1 && (metrics.contributionNorm ?? 0) > 1);
    assert.ok((metrics.uploadBytes ?? 0) > 0);
    const alike = await admin.call('similarity', { params });
    assert.deepEqual(alike.participants, ['fay', 'gus', 'hal']);
    const rounded = alike.matrix.map((row) => row.map((value) => Math.round(value * 1e6) / 1e6));
    assert.deepEqual(rounded, [
      [1, 1, 0],
      [1, 1, 0],
      [0, 0, 1],
    ]);
    const body = { round: 1, metrics: { accuracy: 0.75, loss: 0.5 } };
    assert.equal((await members[1]?.api.call('postMetrics', { params, body }))?.stored, 2);
    const reported = await admin.call('listMetrics', { params, query: { name: 'accuracy' } });
    assert.deepEqual(
      reported.items.map(({ participant, round, value }) => [participant, round, value]),
      [['gus', 1, 0.75]],
    );
  });

  test('a step that overflows fails the round and pauses the group', async () => {
    const rounds = { count: 1, participants: 1 };
    const settings = { rounds, aggregation: { rate: 10, normBound: 'off' } as const };
    const initial = tensors({ 'x.shared.A': [3e38, 0] });
    const admin = await makeGroup(coordinator.url, { name: 'overflow', settings, initial });
    const ida = await joinAs(coordinator.url, 'ida', 'overflow');
    await ida.contribute(tensors({ 'x.shared.A': [-3e38, 0] }));
    await ida.until('the pause', ({ state }) => state === 'paused');
    const rows = await admin.call('listRounds', { params: { group: 'overflow' } });
    assert.deepEqual(
      rows.items.map(({ state }) => state),
      ['failed'],
    );
    assert.equal((await ida.assignment()).checkpoint?.version, 0);
  });

  test('of many coordinators one commits', {
    skip: database.kind === 'pglite' && 'one process only',
  }, async () => {
    const others = await Promise.all([build(), build()]);
    const urls = [coordinator, ...others].map(({ url }) => url);
    try {
      const rounds = { count: 3, participants: 3 };
      const admin = await makeGroup(coordinator.url, { name: 'replicas', settings: { rounds } });
      const members = await Promise.all(
        urls.map(async (url, index) => {
          const { name, key } = await joinAs(coordinator.url, `replica-${index}`, 'replicas');
          return member(url, name, key, 'replicas');
        }),
      );
      for (const version of [0, 1, 2]) {
        await Promise.all(
          members.map(async (one) => {
            await one.until('a round', ({ round }) => round?.version === version);
            await one.contribute(tensors({ 'x.shared.A': [1, 0] }));
          }),
        );
      }
      await members[0]?.until('the end', ({ state }) => state === 'completed');
      const last = await members[2]?.checkpoint();
      assert.deepEqual([...(last?.get('x.shared.A')?.data ?? [])], [-2, 2]);
      const { items } = await admin.call('listCheckpoints', { params: { group: 'replicas' } });
      assert.deepEqual(
        items.map(({ version }) => version),
        [3, 2, 1, 0],
      );
    } finally {
      for (const other of others) await other.close();
    }
  });
});

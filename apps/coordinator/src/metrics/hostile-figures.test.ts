// Figures that a member makes up, or that were stored before they had ranges: they neither stop a coordinator, end a group nor
// break a view. The honest ones go on counting.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import { buildCoordinator, type Coordinator } from '../coordinator.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { readReports } from '../rounds/early-stop.ts';
import { onEachDatabase } from '../testing/databases.ts';
import { adminKey, joinAs, makeGroup, settingsRow, tensors } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

onEachDatabase('figures made up by a member', (database) => {
  const coordinator = useCoordinator(database);

  test('too many, out of range, of what is not there: refused, at once', async () => {
    await makeGroup(coordinator.url);
    const { api } = await joinAs(coordinator.url, 'eve');
    const post = (metrics: Record<string, number>, round: number | null = null) =>
      api.call('postMetrics', { params: { group: 'group' }, body: { round, metrics } });
    const named = (count: number, from = 0) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i + from}`, 1]));
    const began = process.cpuUsage();
    await assert.rejects(post(named(200_000)), /larger than this route takes/);
    await assert.rejects(post(named(20_000)), /more than 10000 keys/);
    const { user, system } = process.cpuUsage(began);
    assert.ok(user + system < 10e6, `${user + system} µs of processor time`); // 2 minutes once
    await assert.rejects(post(named(65)), /at most 64/);
    for (const value of [1e300, 1.01, -0.01])
      await assert.rejects(post({ accuracy: value }), /accuracy: .*(from 0 to 1|1000000000)/);
    for (const value of [1e7, -1]) await assert.rejects(post({ heldOutLoss: value }), /from 0 to 1000000/);
    await assert.rejects(post({ odd: 1e300 }), /1000000000/);
    await assert.rejects(post({ accuracy: 1 }, 1), /checkpoint 1, and group is at 0/);
    await assert.rejects(post({ accuracy: 1 }, 3e9), /2147483647/);
    assert.equal((await post(named(64))).stored, 64);
    assert.equal((await post(named(64))).stored, 64);
    await assert.rejects(post({ other: 1 }), /64 names/);
    assert.equal((await post({ other: 1 }, 0)).stored, 1);
  });

  test('one who says what she likes of every checkpoint does not end a group', async () => {
    const earlyStop = { metric: 'accuracy', goal: 'higher' as const, patience: 2 };
    const rounds = { count: 100, participants: 3, quorum: 3, earlyStop };
    const admin = await makeGroup(coordinator.url, { name: 'steady', settings: { rounds }, start: false });
    const names = ['ada', 'bob', 'mallory'];
    const members = await Promise.all(names.map((name) => joinAs(coordinator.url, name, 'steady')));
    const bystander = await joinAs(coordinator.url, 'never-asked', 'steady');
    await bystander.api.call('putAvailability', {
      params: { group: 'steady' },
      body: { awayUntil: '2999-01-01T00:00:00Z' },
    });
    await admin.call('startGroup', { params: { group: 'steady' } }); // now, or the bystander might be asked in the first round
    for (const version of [0, 1, 2, 3]) {
      for (const [index, one] of members.entries()) {
        await one.until('its round', ({ round }) => round?.version === version && !round.contributed);
        const accuracy = index < 2 ? 0.5 + version / 10 : version === 1 ? 1 : 0;
        const body = { round: version, metrics: { accuracy } };
        await one.api.call('postMetrics', { params: { group: 'steady' }, body });
        if (index === 2) await bystander.api.call('postMetrics', { params: { group: 'steady' }, body });
        await one.contribute(tensors({ 'x.shared.A': [1, 1] }));
      }
    }
    await members[0]!.until('the next round', ({ round }) => round?.version === 4);
    assert.equal((await admin.call('showGroup', { params: { group: 'steady' } })).state, 'running');
  });
});

onEachDatabase('figures stored before they had ranges', (database) => {
  let opened: Database;
  let coordinator: Coordinator;
  let admin: ApiClient;
  before(async () => {
    const options = await database.create();
    opened = await openDatabase(options);
    await store(opened);
    const metric = await readReports({ db: opened.client }, { groupId: 'g', from: 0, latest: 1 }, 'accuracy');
    assert.deepEqual(metric, [{ version: 1, median: 1 }]);
    await opened.close();
    coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
    admin = createApiClient(coordinator.url, () => adminKey);
  });
  after(() => coordinator.close());

  /** What earlier versions took, and what they made of it. */
  async function store({ client: db }: Database): Promise<void> {
    const earlyStop = { metric: 'accuracy', goal: 'higher' as const };
    const settings = settingsRow({ rounds: { earlyStop } });
    const group = { id: 'g', name: 'group', access: 'open' as const, state: 'running' as const };
    await db.taskGroup.create({ data: { ...group, checkpointVersion: 1, committedRounds: 1, ...settings } });
    const metrics = { sharedLoss: null, personalLoss: 1e300, updateNorm: 1e300, seconds: 2 };
    const round = { id: 'r', groupId: 'g', number: 1, version: 0, deadlineAt: new Date(), contributed: 2 };
    await db.round.create({ data: { ...round, state: 'committed', metrics } });
    for (const id of ['a', 'b']) {
      await db.participant.create({ data: { id, name: id } });
      await db.assignment.create({ data: { roundId: 'r', participantId: id } });
      await db.blob.create({ data: { id, sha256: id.repeat(64), bytes: 0 } });
      const figures = { version: 0, weight: 1e300, norm: 1e300, examples: 1, sharedLoss: 1.7e308 };
      const sent = { roundId: 'r', madeForId: 'r', participantId: id, blobId: id };
      await db.contribution.create({ data: { ...sent, ...figures, part: 1e300 } });
      const figure = { groupId: 'g', participantId: id, round: 1 };
      await db.metric.create({ data: { ...figure, name: 'accuracy', value: 1e300 } });
      await db.metric.create({ data: { ...figure, name: 'heldOutLoss', value: -1e300 } });
    }
  }

  test('every view of them answers', async () => {
    const params = { group: 'group' };
    const { items } = await admin.call('listMetrics', { params });
    assert.deepEqual([...new Set(items.map(({ name, value }) => `${name} ${value}`))].sort(), [
      'accuracy 1',
      'heldOutLoss 0',
    ]);
    const expected = { personalLoss: 1e6, updateNorm: 1e300, seconds: 2, retries: 0 };
    assert.deepEqual((await admin.call('listRounds', { params })).items[0]?.metrics, expected);
    const { contributionList } = await admin.call('showRound', { params: { ...params, round: 1 } });
    assert.equal(contributionList.length, 2);
    assert.equal((await admin.call('showGroup', { params })).state, 'running');
  });
});

// Going back to an earlier checkpoint: its bytes and its optimizer's state, as a new version; what was sent on the way that was
// taken back counts no more, and nothing of what was is rewritten.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiProblem } from '@colora/protocol/api-client';
import { encodeContributionMetadata } from '@colora/protocol/contribution';
import type { ProblemCode } from '@colora/protocol/problem-table';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { buildCoordinator } from '../../coordinator.ts';
import { openDatabase } from '../../database/open-database.ts';
import { cleanUp } from '../../retention/clean-up.ts';
import { makeContext } from '../../testing/context.ts';
import { onOneDatabase } from '../../testing/databases.ts';
import { adminKey, joinAs, makeGroup, type TestMember, tensors } from '../../testing/group.ts';
import { useCoordinator } from '../../testing/use-coordinator.ts';
import { rollbackGroup } from './rollback-group.ts';

const refusal = (code: ProblemCode, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ApiProblem, String(error));
  assert.deepEqual([error.problem.code, text.test(error.problem.detail)], [code, true], error.problem.detail);
  return true;
};

const of = (values: readonly number[]) => tensors({ 'x.shared.A': values });

onOneDatabase('rollback', (database) => {
  const coordinator = useCoordinator(database);

  async function make(name: string, settings: Partial<TaskSettingsInput> = {}) {
    const rounds = { count: 20, participants: 1, ...settings.rounds };
    const admin = await makeGroup(coordinator.url, { name, settings: { ...settings, rounds } });
    const ada = await joinAs(coordinator.url, `${name}-ada`, name);
    const back = (toVersion: number) =>
      admin.call('rollbackGroup', { params: { group: name }, body: { toVersion } });
    return { admin, ada, back, params: { group: name } };
  }
  const contributeAt = async (one: TestMember, version: number, values: readonly number[]) => {
    await one.until(`a round at ${version}`, ({ round }) => round?.version === version);
    await one.contribute(of(values));
  };
  const reach = (one: TestMember, version: number) =>
    one.until(`checkpoint ${version}`, ({ checkpoint }) => checkpoint?.version === version);
  const sums = async (admin: Awaited<ReturnType<typeof make>>['admin'], group: string) => {
    const { items } = await admin.call('listCheckpoints', { params: { group }, query: {} });
    return new Map(items.map(({ version, sha256 }) => [version, sha256]));
  };

  for (const optimizer of ['plain', 'fedavgm', 'fedadam'] as const)
    test(`${optimizer}: the same contributions after a rollback give the same bytes, through its state`, async () => {
      const name = `same-${optimizer}`;
      const wire = { download: 'f16' } as const;
      const { admin, ada, back, params } = await make(name, { aggregation: { optimizer }, wire });
      const sent = [
        [1, 2],
        [3, -1],
        [0, 5],
        [2, 2],
      ];
      for (const [version, values] of sent.entries()) await contributeAt(ada, version, values);
      await reach(ada, 4);
      const view = await back(2);
      assert.deepEqual([view.state, view.checkpoint?.version, view.committedRounds], ['running', 5, 4]);
      for (const version of [2, 3]) await contributeAt(ada, version + 3, sent[version]!);
      await reach(ada, 7);
      const made = await sums(admin, name);
      assert.equal(made.get(5), made.get(2));
      assert.equal(made.get(6), made.get(3));
      assert.equal(made.get(7), made.get(4));
      assert.equal(new Set(made.values()).size, 5, 'nothing was rewritten');
      const packed = async (version: number) =>
        await (
          await admin.call('getCheckpoint', { params: { ...params, version }, query: { encoding: 'f16' } })
        ).text();
      assert.equal(await packed(5), await packed(2));
      const { items } = await admin.call('listRounds', { params, query: {} });
      assert.deepEqual(
        items.filter(({ state }) => state === 'committed').map(({ version }) => version),
        [6, 5, 3, 2, 1, 0],
      );
    });

  test('the live round is cancelled and its contributions listed; a member hears at which checkpoint to go on', async () => {
    const rounds = { participants: 2, quorum: 2 };
    const { admin, ada, back, params } = await make('live', { rounds });
    const bob = await joinAs(coordinator.url, 'live-bob', 'live');
    for (const one of [ada, bob]) await contributeAt(one, 0, [1, 1]);
    await contributeAt(ada, 1, [2, 2]);
    await back(0);
    await bob.until('the next round', ({ round }) => round?.version === 2);
    assert.deepEqual((await bob.assignment()).rollbacks, [{ version: 2, to: 0 }]);
    const { items } = await admin.call('listEvents', { params, query: {} });
    const [event] = items.filter(({ kind }) => kind === 'group-rolled-back');
    assert.deepEqual([event?.by, event?.detail], ['preset-admin', { from: 1, to: 0, version: 2 }]);
    const refused = items.filter(({ kind }) => kind === 'contribution-refused');
    assert.deepEqual(
      refused.map(({ participant, detail }) => [participant, detail.code]),
      [['live-ada', 'cancelled']],
    );
    const told = (round: number) => ada.api.call('showContribution', { params: { ...params, round } });
    assert.equal((await told(1)).state, 'dropped');
    assert.equal((await told(2)).state, 'dropped');
    for (const one of [ada, bob]) await contributeAt(one, 2, [1, 1]);
    await reach(ada, 3);
    assert.equal((await told(3)).state, 'applied');
  });

  test('what was made at a checkpoint that was taken back is refused, however late it may come; before it, it counts', async () => {
    const rounds = { participants: 2, quorum: 1, deadlineSeconds: 1, maxStaleness: 10 };
    const { ada, back } = await make('late', { rounds });
    const bob = await joinAs(coordinator.url, 'late-bob', 'late');
    for (const version of [0, 1, 2]) {
      await bob.until('its round', ({ round }) => round?.version === version);
      await contributeAt(ada, version, [1, 1]);
    }
    await reach(ada, 3);
    await back(1);
    await ada.until('the next round', ({ round }) => round?.version === 4);
    const made = (round: number, version: number) =>
      encode(of([1, 1]), {
        metadata: encodeContributionMetadata({ kind: 'delta', version, round, examples: 1 }),
      });
    await assert.rejects(
      bob.send(3, made(3, 2)),
      refusal('stale-version', /made at checkpoint 2.*rolled back/),
    );
    const { staleness } = await bob.send(2, made(2, 1));
    assert.ok(staleness >= 3);
  });

  test('paused and completed groups go back too, and stay so until they are started or extended', async () => {
    const { admin, ada, back, params } = await make('rests', { rounds: { count: 2 } });
    await contributeAt(ada, 0, [1, 1]);
    await reach(ada, 1);
    await admin.call('pauseGroup', { params });
    const paused = await back(0);
    assert.deepEqual([paused.state, paused.checkpoint?.version], ['paused', 2]);
    await admin.call('startGroup', { params });
    await contributeAt(ada, 2, [1, 1]);
    await ada.until('the end', ({ state }) => state === 'completed');
    const completed = await back(2);
    assert.deepEqual([completed.state, completed.checkpoint?.version], ['completed', 4]);
    assert.equal((await sums(admin, 'rests')).get(4), (await sums(admin, 'rests')).get(0));
    await admin.call('extendGroup', { params, body: { rounds: 1 } });
    await contributeAt(ada, 4, [1, 1]);
    await reach(ada, 5);
  });

  test('asked again it is answered as before; what can’t be is refused with what can', async () => {
    const { admin, ada, back, params } = await make('again');
    await assert.rejects(back(0), refusal('wrong-group-state', /is at checkpoint 0: name an earlier/));
    await contributeAt(ada, 0, [1, 1]);
    await reach(ada, 1);
    await assert.rejects(
      back(7),
      refusal('unknown-checkpoint', /no checkpoint 7: the latest is 1; kept are 0$/),
    );
    assert.equal((await back(0)).checkpoint?.version, 2);
    assert.equal((await back(0)).checkpoint?.version, 2);
    await assert.rejects(
      ada.api.call('rollbackGroup', { params, body: { toVersion: 0 } }),
      refusal('wrong-role', /./),
    );
    const { items } = await admin.call('listEvents', { params, query: { kind: 'group-rolled-back' } });
    assert.equal(items.length, 1);
  });

  test('early stop judges what is in the line of the checkpoint, and names nothing that was taken back', async () => {
    const earlyStop = { metric: 'accuracy', goal: 'higher', patience: 3 } as const;
    const { admin, ada, back, params } = await make('judged', { rounds: { earlyStop } });
    const report = (round: number, accuracy: number) =>
      ada.api.call('postMetrics', { params, body: { round, metrics: { accuracy } } });
    await contributeAt(ada, 0, [1, 1]);
    await reach(ada, 1);
    await report(1, 0.5);
    for (const version of [1, 2]) {
      await contributeAt(ada, version, [9, 9]);
      await reach(ada, version + 1);
      await report(version + 1, 0.99); // spoilt, and made up
    }
    await back(1);
    await contributeAt(ada, 4, [1, 1]);
    await reach(ada, 5);
    await report(5, 0.6);
    await contributeAt(ada, 5, [1, 1]);
    await reach(ada, 6);
    // judged after the round, by whoever looks next
    const judged = () => admin.call('showGroup', { params });
    for (let tries = 0; tries < 100 && (await judged()).bestVersion !== 5; tries += 1) await delay(100);
    const { state, bestVersion } = await judged();
    assert.deepEqual([state, bestVersion], ['running', 5]);
  });

  test('a round that aggregates is waited for; a version that retention removed is named with those kept', async () => {
    const options = await database.create();
    const start = () => buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
    const first = await start();
    const retention = { checkpoints: 2 };
    await makeGroup(first.url, { settings: { rounds: { count: 9, participants: 1 }, retention } });
    const ada = await joinAs(first.url, 'ada');
    for (const version of [0, 1, 2]) await contributeAt(ada, version, [1, 1]);
    await ada.until('a round', ({ round }) => round?.version === 3);
    await first.close();
    const opened = await openDatabase(options);
    try {
      const context = makeContext(opened, 'one');
      const back = (toVersion: number) =>
        rollbackGroup(context, {
          params: { group: 'group' },
          body: { toVersion },
          caller: { keyId: 'key', role: 'admin', name: 'tester', participantId: null },
        } as never);
      await cleanUp(context, new Date());
      await assert.rejects(back(1), {
        code: 'unknown-checkpoint',
        message: /isn’t kept any more; kept are 0, 2$/,
      });
      await opened.client.round.updateMany({
        where: { state: 'collecting' },
        data: { state: 'aggregating' },
      });
      const before = await opened.client.blob.count();
      await assert.rejects(back(2), { code: 'wrong-round-state', message: /is being closed/ });
      while ((await opened.client.blob.count()) > before) await new Promise((turn) => setTimeout(turn, 20));
      await opened.client.round.updateMany({
        where: { state: 'aggregating' },
        data: { state: 'collecting' },
      });
      assert.equal((await back(2)).checkpoint?.version, 4);
    } finally {
      await opened.close();
    }
  });
});

// A budget over the life of a group: what each member spent, the round that doesn't open, and what nothing brings back: another
// coordinator, a rollback, more rounds, a ledger that was lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiClient } from '@colora/protocol/api-client';
import { settingsOf } from '../access/stored-settings.ts';
import { buildCoordinator, type Coordinator } from '../coordinator.ts';
import { openDatabase } from '../database/open-database.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, joinAs, makeGroup, member, tensors } from '../testing/group.ts';
import { memberSpending, readBudget } from './ledger.ts';

const params = { group: 'group' };
const update = tensors({ 'x.shared.A': [0.1, 0.1] });

onOneDatabase('a privacy budget', (database) => {
  test('ends the group before a round would pass it, over two coordinators and a rollback', async () => {
    const options = await database.create();
    const build = () => buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
    let coordinator: Coordinator = await build();
    try {
      // rounds at 2 clip norms come to 2.17, 3.19, 4.01, 4.73 at delta 1e-5
      const privacy = {
        clipNorm: 1,
        noiseMultiplier: 2,
        epsilon: 4.5,
        delta: 1e-5,
        mechanism: 'central' as const,
      };
      const rounds = { count: 8, participants: 2, quorum: 1, deadlineSeconds: 3600 };
      await makeGroup(coordinator.url, { settings: { privacy, rounds } });
      const ada = await joinAs(coordinator.url, 'ada');
      const bob = await joinAs(coordinator.url, 'bob');
      await ada.contribute(update);
      await bob.contribute(update);
      await ada.until('the commit', ({ committedRounds }) => committedRounds === 1);
      await coordinator.close();

      coordinator = await build();
      const admin = createApiClient(coordinator.url, () => adminKey);
      const again = {
        ada: member(coordinator.url, 'ada', ada.key),
        bob: member(coordinator.url, 'bob', bob.key),
      };
      await again.bob.assignment();
      await again.ada.contribute(update);
      await again.bob.contribute(update);
      await again.ada.until('the commit', ({ committedRounds }) => committedRounds === 2);
      await admin.call('pauseGroup', { params });
      await admin.call('cancelRound', { params: { ...params, round: 3 } }).catch(() => undefined);
      await admin.call('rollbackGroup', { params, body: { toVersion: 0 } });
      await admin.call('startGroup', { params });
      await again.bob.assignment();
      await again.ada.contribute(update);
      await again.bob.contribute(update);
      const { state, committedRounds } = await again.ada.until('the end', (now) => now.state === 'completed');
      assert.deepEqual([state, committedRounds], ['completed', 3]);
      const shown = await admin.call('showGroup', { params });
      const { privacy: told } = await again.ada.api.call('showGroup', { params });
      assert.ok(told !== null && told.own === told.spent && told.epsilon === 4.5, JSON.stringify(told));
      const gauges = await (
        await fetch(`${coordinator.url}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } })
      ).text();
      assert.match(gauges, /colora_group_epsilon\{[^}]*of="spent"\} 4\.01/);
      const late = await joinAs(coordinator.url, 'late');
      assert.equal(
        (await late.api.call('showGroup', { params })).privacy?.own,
        0,
        'who took part in nothing',
      );
      assert.match(
        shown.endedReason ?? '',
        /privacy budget is spent: another round would pass epsilon 4\.5 at delta/,
      );
      await assert.rejects(
        admin.call('extendGroup', { params, body: { rounds: 2 } }),
        /no more rounds: its privacy budget is spent.*Raise privacy\.epsilon/,
      );
    } finally {
      await coordinator.close();
    }
    const opened = await openDatabase(options);
    try {
      const db = opened.client;
      const group = await db.taskGroup.findFirstOrThrow();
      const settings = settingsOf(group);
      const told = await readBudget(db, group.id, settings);
      assert.ok(told?.isSpent && told.spent < 4.02 && told.spent > 4, JSON.stringify(told));
      assert.deepEqual(
        (await db.privacySpend.findMany()).map(({ rounds }) => rounds),
        [3],
      );
      const { id: participantId } = await db.participant.findFirstOrThrow({ where: { name: 'ada' } });
      const own = await memberSpending(db, { groupId: group.id, participantId }, settings);
      assert.deepEqual(own, [{ noiseMultiplier: 2, rate: 1, rounds: 3 }]);
      await db.memberPrivacySpend.deleteMany();
      assert.deepEqual(await memberSpending(db, { groupId: group.id, participantId }, settings), own);
      await db.privacySpend.deleteMany();
      assert.deepEqual(
        await readBudget(db, group.id, settings),
        told,
        'rounds that are committed were spent',
      );
    } finally {
      await opened.close();
    }
  });
});

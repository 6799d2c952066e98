// How a group's members train is settled when it is created and stays so: groups that were there before there was a
// choice train as they did.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiClient } from '@colora/protocol/api-client';
import { phasesOf, type TaskSettingsInput } from '@colora/protocol/task-settings';
import { buildCoordinator } from '../coordinator.ts';
import { openDatabase } from '../database/open-database.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, makeSettings, settingsRow } from '../testing/group.ts';

onOneDatabase('phases', (database) => {
  test('an older group keeps its own, also when it is extended; a new one gets those of its task', async () => {
    const options = await database.create();
    const opened = await openDatabase(options);
    const { settings, ...columns } = settingsRow({ rounds: { count: 2, participants: 1 } });
    assert.ok(!('phases' in settings.training));
    const running = { access: 'open', state: 'running', checkpointVersion: 0 } as const;
    await opened.client.taskGroup.create({ data: { name: 'older', ...running, settings, ...columns } });
    await opened.close();

    const coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
    try {
      const admin = createApiClient(coordinator.url, () => adminKey);
      const params = { group: 'older' };
      assert.deepEqual((await admin.call('showGroup', { params })).settings, settings);
      const extended = await admin.call('extendGroup', { params, body: { rounds: 1 } });
      assert.deepEqual(extended.settings.training, settings.training);
      assert.equal(phasesOf(extended.settings), 'apart');

      const created = async (name: string, extra: Partial<TaskSettingsInput>) => {
        const body = { name, access: 'open', settings: makeSettings(extra) } as const;
        const { settings } = await admin.call('createGroup', { body });
        assert.deepEqual((await admin.call('showGroup', { params: { group: name } })).settings, settings);
        return settings.training.phases;
      };
      assert.equal(await created('labels', {}), 'joint');
      assert.equal(await created('asked', { training: { phases: 'apart' } }), 'apart');
      assert.equal(await created('texts', { task: { kind: 'causal-lm' } }), undefined);
      assert.equal(await created('layout', { adapter: { layout: 'dual' } }), undefined);
    } finally {
      await coordinator.close();
    }
  });
});

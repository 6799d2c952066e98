// Names that would be no folders of their own on members' machines are refused when a group is made.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiClient } from '@colora/protocol/api-client';
import { onEachDatabase } from '../testing/databases.ts';
import { adminKey, makeSettings } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

onEachDatabase('group names', (database) => {
  const coordinator = useCoordinator(database);

  test('a workspace’s file, a device of Windows, and a name that disks take for another group’s', async () => {
    const admin = createApiClient(coordinator.url, () => adminKey);
    const make = (name: string) => admin.call('createGroup', { body: { name, settings: makeSettings() } });
    for (const name of ['key.json', 'nul', 'com1.reviews', 'reviews.'])
      await assert.rejects(make(name), { name: 'ApiProblem', message: /key\.json.*device of Windows/ }, name);
    await make('straße');
    await assert.rejects(make('strasse'), {
      message: /strasse and the task group straße would be one folder/,
    });
    await make('straße-2');
  });
});

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Database, openDatabase } from '../database/open-database.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { settingsRow } from '../testing/group.ts';
import { promiseRows, putOffRows } from './promise-rows.ts';

onOneDatabase('rows of clusters', (database) => {
  let opened: Database;
  before(async () => {
    opened = await openDatabase(await database.create());
  });
  after(() => opened.close());

  test('one that is promised while a checkpoint is made is held from the one after it on', async () => {
    const { client } = opened;
    const data = { name: 'late', access: 'open' as const, ...settingsRow() };
    const { id: groupId } = await client.taskGroup.create({ data });
    const promise = (version: number, labels: string[]) =>
      promiseRows(client, { groupId, version }, [{ labels, before: null, cluster: 1 }]);
    await promise(0, ['good']);
    await promise(0, ['bad']); // checkpoint 1 is under way, and has the first alone
    await putOffRows(client, { groupId, version: 1 }, ['head/1/good']);
    const rows = await client.clusterRow.findMany({ where: { groupId }, orderBy: { at: 'asc' } });
    assert.deepEqual(
      rows.map(({ label, version }) => [label, version]),
      [
        ['good', 0],
        ['bad', 1],
      ],
    );
  });
});

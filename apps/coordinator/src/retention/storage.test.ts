// What is told of storage is what is there, and what it says that retention frees is what the cleaner then removes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiClient } from '@colora/protocol/api-client';
import type { Storage } from '@colora/protocol/storage/storage';
import { buildCoordinator } from '../coordinator.ts';
import { openDatabase } from '../database/open-database.ts';
import { createRoom } from '../room/room.ts';
import { watchRoom } from '../room-watch.ts';
import { makeContext } from '../testing/context.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, joinAs, makeGroup, tensors } from '../testing/group.ts';
import { cleanUp } from './clean-up.ts';
import { readStorage } from './read-storage.ts';

const update = tensors({ 'x.shared.A': [1, 1] });

onOneDatabase('storage', (database) => {
  test('bytes by group and kind, what retention frees, and who is shown which', async () => {
    const options = await database.create();
    const coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
    const sizes = { checkpoint: 0, contribution: 0 };
    try {
      const settings = {
        rounds: { count: 4, participants: 1 },
        aggregation: { optimizer: 'fedavgm' as const },
        wire: { download: 'f16' as const },
        retention: { contributionRounds: 2, checkpoints: null },
      };
      const admin = await makeGroup(coordinator.url, { settings });
      await makeGroup(coordinator.url, { name: 'other', start: false });
      const ada = await joinAs(coordinator.url, 'ada');
      for (let version = 0; version < 4; version += 1) {
        await ada.until('its round', ({ round }) => round?.version === version);
        await ada.contribute(update);
      }
      await ada.until('the end', ({ state }) => state === 'completed');
      const other = await admin.call('createKey', {
        body: { role: 'operator', name: 'o', groups: ['other'] },
      });
      const asked = await createApiClient(coordinator.url, () => other.key).call('showStorage', {});
      assert.deepEqual(
        asked.groups.map(({ group }) => group),
        ['other'],
      );
      const whole = await admin.call('showStorage', {});
      assert.deepEqual(
        whole.groups.map(({ group }) => group),
        ['group', 'other'],
      );
      assert.equal(whole.at, asked.at, 'counted once for both');
      assert.ok(whole.database.bytes > 1e6 && whole.database.kind === database.kind);
      assert.equal(whole.database.freeBytes === null, database.kind === 'postgres');
      const { items } = await admin.call('listCheckpoints', { params: { group: 'group' }, query: {} });
      sizes.checkpoint = items.reduce((sum, { bytes }) => sum + bytes, 0);
    } finally {
      await coordinator.close();
    }
    const opened = await openDatabase(options);
    try {
      const context = makeContext(opened, 'one');
      const read = () => readStorage({ ...context, usage: opened.usage });
      const mine = ({ groups }: Storage) => groups.find(({ group }) => group === 'group')!;
      const before = mine(await read());
      const { checkpoints, optimizerStates, contributions, events, freeable } = before;
      assert.deepEqual([checkpoints.count, optimizerStates.count, contributions.count], [5, 4, 4]);
      assert.ok(checkpoints.bytes > sizes.checkpoint, 'with their copies for downloads');
      const { id } = await opened.client.taskGroup.findFirstOrThrow({ where: { name: 'group' } });
      assert.equal(events.count, await opened.client.auditEvent.count({ where: { groupId: id } }));
      assert.equal(freeable.soon, contributions.bytes / 2, 'of two rounds of four');
      assert.equal(freeable.byUsual, 0, 'usual retention keeps eleven versions whole');
      await cleanUp(context, new Date());
      const after = mine(await read());
      assert.equal(after.contributions.bytes, contributions.bytes - freeable.soon);
      assert.deepEqual([after.freeable.soon, after.contributions.count], [0, 2]);
    } finally {
      await opened.close();
    }
  });

  test('short of room, groups pause with the reason and go on by themselves; an operator’s pause stays', async () => {
    const options = await database.create();
    const coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
    await makeGroup(coordinator.url, {
      name: 'by-hand',
      settings: { rounds: { count: 1, participants: 1 } },
    });
    const admin = await makeGroup(coordinator.url, { settings: { rounds: { count: 1, participants: 1 } } });
    await admin.call('pauseGroup', { params: { group: 'by-hand' } });
    const ada = await joinAs(coordinator.url, 'ada');
    await ada.until('a round', ({ round }) => round !== null);
    await coordinator.close();
    const opened = await openDatabase(options);
    try {
      const context = makeContext(opened, 'one');
      const limited = (limitBytes: number) => {
        const bounds = { limitBytes, reserveBytes: 10e6 };
        return { ...context, room: createRoom({ db: opened.client, usage: opened.usage, bounds }) };
      };
      const used = await opened.usage.usedBytes();
      const short = limited(used + 1e6);
      const { isShort } = await watchRoom(short);
      assert.ok(isShort);
      assert.throws(() => short.room.assertRoom(), /nearly out of room: .*STORAGE_LIMIT/);
      const states = async () =>
        Object.fromEntries(
          (await opened.client.taskGroup.findMany()).map(({ name, state, pausedReason }) => [
            name,
            [state, pausedReason?.split(':')[0]],
          ]),
        );
      const byHand = ['paused', 'paused by preset-admin'];
      assert.deepEqual(await states(), {
        'by-hand': byHand,
        group: ['paused', 'the database is nearly out of room'],
      });
      await watchRoom(limited(used + 1e9));
      assert.deepEqual(await states(), { 'by-hand': byHand, group: ['running', undefined] });
      const round = await opened.client.round.findFirstOrThrow({ where: { state: 'collecting' } });
      assert.ok(round.deadlineAt > new Date());
    } finally {
      await opened.close();
    }
  });
});

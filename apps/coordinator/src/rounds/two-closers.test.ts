// Two closers at the same instant, on either database: one claims, one commits, the other withdraws.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { pino } from 'pino';
import { createBlobStore } from '../blobs/blob-store.ts';
import { createPlanCache } from '../checkpoints/checkpoint-plan.ts';
import type { Context } from '../context.ts';
import { createContributionCounter } from '../contributions/count-contributions.ts';
import { createUploadLimits } from '../contributions/upload-limits.ts';
import { buildCoordinator } from '../coordinator.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { onEachDatabase } from '../database/test-databases.ts';
import { createGroupSizes } from '../groups/group-sizes.ts';
import { createKeyRing } from '../keys/key-ring.ts';
import { createHints } from '../socket/hints.ts';
import { adminKey, joinAs, makeGroup, tensors } from '../testing-group.ts';
import { closeRound } from './close-round.ts';
import { readSituation } from './read-situation.ts';

onEachDatabase('two closers', (database) => {
  test('one commit', async () => {
    const options = await database.create();
    const coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
    await makeGroup(coordinator.url, { settings: { rounds: { count: 9, participants: 2 } } });
    const ada = await joinAs(coordinator.url, 'ada');
    await joinAs(coordinator.url, 'bob');
    await ada.contribute(tensors({ 'x.shared.A': [1, 1] }));
    await coordinator.close();

    const opened = await openDatabase(options);
    try {
      const closers = ['one', 'two', 'three'].map((instance) => makeContext(opened, instance));
      const { id } = await opened.client.taskGroup.findFirstOrThrow();
      const situation = await readSituation({ db: opened.client }, id);
      assert.ok(situation);
      const closed = await Promise.all(closers.map((context) => closeRound(context, situation)));
      assert.deepEqual(closed.sort(), [false, false, true]);
      const group = await opened.client.taskGroup.findFirstOrThrow({ include: { checkpoints: true } });
      assert.deepEqual([group.committedRounds, group.checkpointVersion, group.checkpoints.length], [1, 1, 2]);

      // A closer that was taken for dead wakes up late: its commit finds the round another's.
      const other = makeContext(opened, 'late');
      assert.equal(await closeRound(other, situation), false);
      assert.equal(await opened.client.checkpoint.count(), 2);
    } finally {
      await opened.close();
    }
  });
});

function makeContext(database: Database, instance: string): Context {
  const db = database.client;
  const keys = createKeyRing(db);
  const blobs = createBlobStore(db, database.chunks, 0);
  return {
    db,
    databaseKind: database.kind,
    blobs,
    plans: createPlanCache(blobs),
    uploads: createUploadLimits(1),
    contributions: createContributionCounter(db),
    keys,
    hints: createHints({ server: createServer(), keys, groupsOf: async () => [] }),
    sizes: createGroupSizes(db),
    log: pino({ level: 'silent' }),
    instance,
    version: 'test',
    nudge: () => undefined,
  };
}

// Two closers at the same instant, on either database: one claims, one commits, the other withdraws.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manifestForm } from '@colora/protocol/proofs/manifest';
import { createBlobStore } from '../../blobs/blob-store.ts';
import type { ChunkStorage } from '../../blobs/chunk-storage.ts';
import { buildCoordinator } from '../../coordinator.ts';
import { type Database, openDatabase } from '../../database/open-database.ts';
import { makeContext } from '../../testing/context.ts';
import { onOneDatabase } from '../../testing/databases.ts';
import { adminKey, joinAs, makeGroup, type TestMember, tensors } from '../../testing/group.ts';
import { readSituation } from '../read-situation.ts';
import { closeRound } from './close-round.ts';

onOneDatabase('two closers', (database) => {
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
      await opened.client.manifest.deleteMany(); // as a database from before there were any
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
      const manifests = (await opened.client.manifest.findMany()).map(({ text }) => manifestForm.read(text));
      assert.deepEqual(
        manifests.map((made) => [made?.version, made?.begins, made?.before, made?.counted.length]),
        [[1, 'upgrade', null, 1]],
      );
    } finally {
      await opened.close();
    }
  });

  test('whatever order they came in and whoever dies over it: the same bytes', async () => {
    const hashes = [];
    for (const order of [
      ['ada', 'bob', 'carl'],
      ['carl', 'ada', 'bob'],
    ]) {
      const options = await database.create();
      const coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
      const size = 150_000; // three pieces
      const noise = (seed: number) => Array.from({ length: size }, (_, i) => Math.sin(seed + i) / 3);
      const initial = tensors({ w: noise(1), x: noise(2).slice(0, 9) });
      await makeGroup(coordinator.url, {
        initial,
        settings: {
          rounds: { count: 9, participants: 4 },
          aggregation: { optimizer: 'fedadam', weighting: 'examples' },
        },
      });
      const members = new Map<string, TestMember>();
      for (const name of ['ada', 'bob', 'carl', 'dora'])
        members.set(name, await joinAs(coordinator.url, name));
      for (const name of order) {
        const seed = name.charCodeAt(0);
        const update = name === 'bob' ? tensors({ x: noise(seed).slice(0, 9) }) : tensors({ w: noise(seed) });
        await members.get(name)!.contribute(update, { metadata: { examples: seed } });
      }
      await coordinator.close();
      const opened = await openDatabase(options);
      try {
        hashes.push(await closeAfterDeaths(opened));
      } finally {
        await opened.close();
      }
    }
    assert.deepEqual(hashes[0], hashes[1]);
  });
});

/** Closers that die at every write of theirs, each followed by another; the last one commits. */
async function closeAfterDeaths(opened: Database): Promise<string[]> {
  // participants' ids differ from run to run, and the order of sums with them: make them those of their names
  const db = opened.client;
  await db.$executeRaw`UPDATE "Participant" SET "id" = "name"`;
  const { id } = await db.taskGroup.findFirstOrThrow();
  const situation = await readSituation({ db }, id);
  assert.ok(situation);
  for (const dyingAt of [0, 1, 2, 3, 4]) {
    const context = makeContext(opened, `dying-${dyingAt}`);
    let writes = 0;
    const chunks: ChunkStorage = {
      ...opened.chunks,
      write: (...batch) => {
        if (writes++ === dyingAt) throw new Error('died');
        return opened.chunks.write(...batch);
      },
    };
    const blobs = createBlobStore(db, chunks, 0);
    if (!(await closeRound({ ...context, blobs }, situation).catch(() => false))) continue;
    assert.ok(dyingAt > 1, 'it must have died before'); // fewer writes than deaths: nothing left to break
    break;
  }
  await closeRound(makeContext(opened, 'last'), situation);
  assert.equal(await db.manifest.count(), 2, 'a checkpoint has its manifest, and no other there is');
  const made = await db.checkpoint.findFirstOrThrow({
    where: { version: 1 },
    include: { blob: true, optimizerBlob: true },
  });
  return [made.blob.sha256, made.optimizerBlob!.sha256];
}

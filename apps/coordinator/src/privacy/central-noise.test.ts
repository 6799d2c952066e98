// What the coordinator really adds where it adds the noise, once a round however often its closing dies; what the ledger says of it;
// and the same checkpoint again for who knows what the noise was drawn from.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { manifestForm } from '@colora/protocol/proofs/manifest';
import { countedForm } from '@colora/protocol/proofs/manifest-entry';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { decode } from '@colora/tensors/safetensors/safetensors';
import { settingsOf } from '../access/stored-settings.ts';
import { createBlobStore } from '../blobs/blob-store.ts';
import type { ChunkStorage } from '../blobs/chunk-storage.ts';
import { buildCoordinator } from '../coordinator.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { closeRound } from '../rounds/closing/close-round.ts';
import { readSituation } from '../rounds/read-situation.ts';
import { replayRound } from '../rounds/replay/replay-round.ts';
import { makeContext } from '../testing/context.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, joinAs, makeGroup, tensors } from '../testing/group.ts';

const size = 20_000;
const privacy = { clipNorm: 2, noiseMultiplier: 0.5, delta: 1e-5, mechanism: 'central' as const };
/** Of norms just within the bound. */
const shares = { ada: 0.01, bob: -0.0138 };

onOneDatabase('noise on a round’s sum', (database) => {
  let opened: Database;
  const folders: string[] = [];
  after(async () => {
    await opened?.close();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  test('is drawn once, however often closing dies and whoever else closes', async () => {
    const options = await database.create();
    const coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
    await makeGroup(coordinator.url, {
      initial: tensors({ w: new Array(size).fill(0), 'head/bad': [0, 0, 0, 0], 'head/good': [0, 0, 0, 0] }),
      settings: { privacy, rounds: { count: 9, participants: 3, quorum: 1 } },
    });
    const ada = await joinAs(coordinator.url, 'ada');
    const bob = await joinAs(coordinator.url, 'bob');
    const eve = await joinAs(coordinator.url, 'eve');
    await ada.contribute(tensors({ w: new Array(size).fill(shares.ada), 'head/bad': [0.5, 0, 0, 0] }));
    await bob.contribute(tensors({ w: new Array(size).fill(shares.bob) }));
    await assert.rejects(
      eve.contribute(tensors({ w: new Array(size).fill(0.0142) })),
      /clip to privacy\.clipNorm 2/,
    );
    await coordinator.close();
    opened = await openDatabase(options);
    const db = opened.client;
    const { id } = await db.taskGroup.findFirstOrThrow();
    const situation = await readSituation({ db }, id);
    assert.ok(situation);
    for (const dyingAt of [0, 1, 2]) {
      let writes = 0;
      const chunks: ChunkStorage = {
        ...opened.chunks,
        write: (...batch) => {
          if (writes++ === dyingAt) throw new Error('died');
          return opened.chunks.write(...batch);
        },
      };
      const context = { ...makeContext(opened, `dying-${dyingAt}`), blobs: createBlobStore(db, chunks, 0) };
      await closeRound(context, situation).catch(() => false);
      if ((await db.roundNoise.count()) > 0) break;
      assert.equal(await db.privacySpend.count(), 0, 'nothing is spent before the commit');
    }
    const closers = ['one', 'two'].map((instance) => makeContext(opened, instance));
    await Promise.all(closers.map((context) => closeRound(context, situation)));
    assert.equal(await db.roundNoise.count(), 1);
    assert.deepEqual(
      await db.privacySpend.findMany({ select: { noiseMultiplier: true, rate: true, rounds: true } }),
      [{ noiseMultiplier: 0.5, rate: 1, rounds: 1 }],
    );
    const charged = await db.memberPrivacySpend.findMany({
      include: { membership: { include: { participant: true } } },
    });
    assert.deepEqual(charged.map(({ membership, rounds }) => [membership.participant.name, rounds]).sort(), [
      ['ada', 1],
      ['bob', 1],
    ]);
  });

  test('is Gaussian of the multiplier times the bound, on every tensor, whoever holds it', async () => {
    const db = opened.client;
    const made = await db.checkpoint.findFirstOrThrow({ where: { version: 1 }, include: { blob: true } });
    const checkpoint = decode(await createBlobStore(db, opened.chunks, 0).read(made.blob)).tensors;
    // step -u of rate 1 from zeros: -2 times the value is the sum with its noise, of two contributions
    const noise = checkpoint.get('w')!.data.map((value) => -2 * value - (shares.ada + shares.bob));
    const deviation = 0.5 * 2;
    const mean = noise.reduce((sum, x) => sum + x, 0) / size;
    const variance = noise.reduce((sum, x) => sum + x * x, 0) / size;
    assert.ok(Math.abs(mean) < (5 * deviation) / Math.sqrt(size), `mean ${mean}`);
    assert.ok(Math.abs(variance / deviation ** 2 - 1) < 5 * Math.sqrt(2 / size), `variance ${variance}`);
    for (const [at, share] of [
      [-2, 0.02275],
      [-1, 0.158655],
      [1, 0.841345],
      [2, 0.97725],
    ] as const) {
      const below = noise.filter((x) => x < at * deviation).length / size;
      assert.ok(
        Math.abs(below - share) < 5 * Math.sqrt((share * (1 - share)) / size),
        `${below} below ${at}`,
      );
    }
    const rows = ['head/bad', 'head/good'].flatMap((name) => [...checkpoint.get(name)!.data]);
    assert.ok(
      rows.every((value) => value !== 0),
      'a row that nobody sent is as noisy as one that somebody did',
    );
    const round = await db.round.findFirstOrThrow({ where: { state: 'committed' } });
    assert.deepEqual(round.tensorWeights, { w: 2, 'head/bad': 2, 'head/good': 2 });
    const metrics = Object.keys(round.metrics as object);
    for (const figure of ['examples', 'contributionNorm', 'sharedLoss', 'personalLoss'])
      assert.ok(!metrics.includes(figure), `${figure} is not noised`);
  });

  test('comes again of its seed alone, and of another seed another checkpoint', async () => {
    const db = opened.client;
    const blobs = createBlobStore(db, opened.chunks, 0);
    const folder = await mkdtemp(join(tmpdir(), 'colora-noise-'));
    folders.push(folder);
    const pathOf = (sha256: string) => join(folder, sha256);
    const base = await db.checkpoint.findFirstOrThrow({ where: { version: 0 }, include: { blob: true } });
    const sent = await db.contribution.findMany({ include: { blob: true } });
    for (const { blob } of [base, ...sent]) await writeFile(pathOf(blob.sha256), await blobs.read(blob));
    const { text } = await db.manifest.findFirstOrThrow({ where: { version: 1 } });
    const manifest = manifestForm.read(text)!;
    const entries = await db.manifestEntry.findMany({
      where: { version: 1, isCounted: true },
      orderBy: { at: 'asc' },
    });
    const settings: TaskSettings = settingsOf(await db.taskGroup.findFirstOrThrow());
    const { seed, deviation, divisor } = await db.roundNoise.findFirstOrThrow();
    const replay = (noise: { seed: Uint8Array; deviation: number; divisor: number }) =>
      replayRound({
        ...{ manifest, settings, state: null, pathOf, noise },
        counted: entries.map((entry) => countedForm.read(entry.text)!),
        base: { sha256: base.blob.sha256, bytes: base.blob.bytes },
      });
    const again = await replay({ seed, deviation, divisor });
    assert.deepEqual([again.faults, again.made?.checkpoint], [[], manifest.checkpoint]);
    const other = await replay({ seed: new Uint8Array(32), deviation, divisor });
    assert.notEqual(other.made?.checkpoint, manifest.checkpoint);
  });
});

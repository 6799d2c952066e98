// The checker can fail: a run's records are clean, and each tampering with them is found and named. Clients,
// coordinator and database are the real ones.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildCoordinator } from '@colora/coordinator/coordinator';
import { createApiClient } from '@colora/protocol/api-client';
import { PGlite } from '@electric-sql/pglite';
import { runClient } from '../clients/client-loop.ts';
import { type Form, initialCheckpoint } from '../clients/content.ts';
import { openLedger, readLedger } from '../clients/ledger.ts';
import type { ClientLedger } from './check-ledgers.ts';
import { findViolations } from './find-violations.ts';
import { type Query, QueryFailed } from './record.ts';

const adminKey = 'colora_a_for-tests-only-0123456789';
const names = ['ada', 'bob', 'cleo'];
const shapes = { 'x.shared.A': [16, 64], 'head/good': [33] };
const forms: Readonly<Record<string, Form>> = {
  group: { shapes, encoding: 'f32' },
  clustered: { shapes: { ...shapes, 'head/bad': [33] }, encoding: 'f32', clustered: true },
};
const seed = 3;

let folder = '';
let database: PGlite;
let ledgers: ClientLedger[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-checker-'));
  mkdirSync(join(folder, 'ledgers'));
  const dataFolder = join(folder, 'data');
  const coordinator = await buildCoordinator({ dataFolder, port: 0, adminKey, logger: 'silent' });
  const keys = await makeKeys(coordinator.url);
  for (const [group, form] of Object.entries(forms)) await runGroup(coordinator.url, keys, group, form);
  await coordinator.close();
  ledgers = names.map((client) => ({
    client,
    entries: Object.keys(forms).flatMap((group) => readLedger(ledgerOf(client, group))),
  }));
  database = new PGlite(join(dataFolder, 'database'));
});
after(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

const ledgerOf = (client: string, group: string) => join(folder, 'ledgers', `${client}@${group}.jsonl`);

/** Of the clients, and of one that sends nothing. */
async function makeKeys(url: string): Promise<ReadonlyMap<string, string>> {
  const admin = createApiClient(url, () => adminKey);
  const keys = new Map<string, string>();
  for (const name of [...names, 'silent'])
    keys.set(name, (await admin.call('createKey', { body: { role: 'participant', name } })).key);
  return keys;
}

/** Three rounds of three clients. */
async function runGroup(
  url: string,
  keys: ReadonlyMap<string, string>,
  group: string,
  form: Form,
): Promise<void> {
  const admin = createApiClient(url, () => adminKey);
  const params = { group };
  const clusters = form.clustered ? ('auto' as const) : ('off' as const);
  const settings = {
    baseModel: { name: 'test', modelType: 'use-lite', fingerprint: 'c'.repeat(64) },
    task: { kind: 'classification' as const, labels: ['bad', 'good'], clusters },
    training: { phases: 'joint' as const },
    aggregation: { weighting: 'examples' as const },
    rounds: { count: 3, participants: 3 },
    ...(form.clustered && { privacy: { minMembers: 1 } }), // or rows of so few stay where they are
  };
  const { bytes, sha256 } = initialCheckpoint(seed, group, form.shapes);
  await admin.call('createGroup', { body: { name: group, access: 'open', settings } });
  await admin.call('putInitialCheckpoint', { params, bytes, sha256 });
  for (const name of names)
    await createApiClient(url, () => keys.get(name)!).call('joinGroup', { params, body: {} });
  await admin.call('startGroup', { params });
  const stopped = new AbortController().signal;
  const common = {
    seed,
    urls: [url],
    group,
    ...form,
    thinkSeconds: [0, 0] as const,
    stopped,
  };
  await Promise.all(
    names.map(async (name) => {
      const ledger = openLedger(ledgerOf(name, group));
      await runClient({ ...common, name, key: keys.get(name)!, ledger });
      ledger.close();
    }),
  );
}

/** What the checker finds after `tampering`, which is taken back. */
async function foundAfter(...tampering: readonly string[]): Promise<string[]> {
  await database.exec('BEGIN; SET LOCAL session_replication_role = replica'); // no foreign keys in the way
  try {
    for (const sql of tampering) await database.exec(sql);
    const query: Query = async <Row>(sql: string, values: readonly unknown[] = []) =>
      (await database.query(sql, [...values])).rows as Row[];
    return [...(await findViolations(query, () => ledgers)).violations];
  } finally {
    await database.exec('ROLLBACK');
  }
}

async function assertFound(tampering: readonly string[], ...patterns: readonly RegExp[]): Promise<void> {
  const found = await foundAfter(...tampering);
  for (const pattern of patterns) {
    assert.ok(
      found.some((one) => pattern.test(one)),
      `${pattern} is not among ${found.join('; ')}`,
    );
  }
}

const groupId = `SELECT "id" FROM "TaskGroup" WHERE "name" = 'group'`;
const first = `SELECT c."roundId", c."participantId", c."blobId" FROM "Contribution" c
  JOIN "Round" r ON r."id" = c."roundId" WHERE r."groupId" = (${groupId}) ORDER BY r."number", c."participantId" LIMIT 1`;
const chunkOf = (blob: string, flip: string) => `UPDATE "BlobChunk" SET "data" = ${flip}
  WHERE "blobId" = (${blob}) AND "index" = (SELECT max("index") FROM "BlobChunk" WHERE "blobId" = (${blob}))`;
const flipByte = `set_byte("data", length("data") - 2, get_byte("data", length("data") - 2) # 64)`;
const checkpointBlob = (version: number) =>
  `SELECT "blobId" FROM "Checkpoint" WHERE "version" = ${version} AND "groupId" = (${groupId})`;

test('an untouched run is clean', async () => {
  assert.ok(
    ledgers.every(({ entries }) => entries.filter(({ kind }) => kind === 'acknowledged').length >= 3),
  );
  assert.deepEqual(await foundAfter(), []);
});

test('a contribution that is gone', async () => {
  const gone = [
    `UPDATE "Round" SET "contributed" = "contributed" - 1 WHERE "number" = 1 AND "groupId" = (${groupId})`,
    `DELETE FROM "Contribution" WHERE "blobId" = (SELECT "blobId" FROM (${first}) f)`,
  ];
  await assertFound(gone, /^lost: .* was acknowledged in round 1 of group/, /^checkpoint 1 .* is not what/);
});

test('a contribution that is counted twice', async () => {
  const twice = [
    `INSERT INTO "Blob" ("id", "sha256", "bytes") SELECT 'copy', "sha256", "bytes" FROM "Blob"
       WHERE "id" = (SELECT "blobId" FROM (${first}) f)`,
    `INSERT INTO "BlobChunk" ("blobId", "index", "data") SELECT 'copy', "index", "data" FROM "BlobChunk"
       WHERE "blobId" = (SELECT "blobId" FROM (${first}) f)`,
    `INSERT INTO "Contribution" ("roundId", "madeForId", "version", "participantId", "blobId", "weight", "norm", "examples")
       SELECT r."id", r."id", 1, (SELECT "id" FROM "Participant" WHERE "name" = 'silent'),
         'copy', "weight", "norm", "examples" FROM "Contribution" c, "Round" r
         WHERE r."groupId" = (${groupId}) AND r."number" = 2 AND "blobId" = (SELECT "blobId" FROM (${first}) f)`,
  ];
  await assertFound(
    twice,
    /^counted twice/,
    /^round 2 .* counts 3 contributions, and has 4/,
    /^checkpoint 2 /,
  );
});

test('a changed byte of a contribution, and of a checkpoint whose name was changed with it', async () => {
  const contribution = chunkOf(`SELECT "blobId" FROM (${first}) f`, flipByte);
  await assertFound(
    [contribution],
    /^a contribution of .* do not have the hash/,
    /^checkpoint 1 .* is not what/,
  );
  const renamed = `UPDATE "Blob" SET "sha256" = encode(sha256((SELECT string_agg("data", '' ORDER BY "index")
    FROM "BlobChunk" WHERE "blobId" = "Blob"."id")), 'hex') WHERE "id" = (${checkpointBlob(2)})`;
  const checkpoint = [chunkOf(checkpointBlob(2), flipByte), renamed];
  await assertFound(checkpoint, /saw checkpoint 2 of group as/, /^checkpoint 2 .* is not what/);
});

test('a gap in the versions, and a round that starts at another', async () => {
  await assertFound(
    [`DELETE FROM "Checkpoint" WHERE "version" = 2`],
    /checkpoint versions should go on with 2/,
  );
  await assertFound(
    [`UPDATE "Round" SET "version" = 0 WHERE "number" = 2`],
    /should go on with 1, and have 0/,
  );
  await assertFound([`UPDATE "TaskGroup" SET "committedRounds" = 4`], /says 4 committed rounds, and has 3/);
});

test('a row of a cluster that starts from something else, and one that nobody promised', async () => {
  await assertFound([`UPDATE "ClusterRow" SET "start" = NULL`], /^checkpoint 1 of clustered is not what/);
  await assertFound([`DELETE FROM "ClusterRow"`], /^checkpoint 1 of clustered is not what|^replay failed/);
});

test('a database that goes away in the middle is no finding, whenever that is', async () => {
  let left = Infinity;
  let asked = 0;
  const query: Query = async <Row>(sql: string, values: readonly unknown[] = []) => {
    asked += 1;
    if (asked > left) throw new QueryFailed('read ECONNRESET');
    return (await database.query(sql, [...values])).rows as Row[];
  };
  const { violations } = await findViolations(query, () => ledgers);
  assert.deepEqual(violations, []);
  const all = asked;
  for (left = 0; left < all; left += 1) {
    asked = 0;
    await assert.rejects(
      findViolations(query, () => ledgers),
      QueryFailed,
      `after ${left} of ${all} answers`,
    );
  }
});

test('bytes that nobody sent', async () => {
  const found = await findViolationsWithout('cleo');
  assert.ok(
    found.some((one) => /^invented: cleo's/.test(one)),
    found.join('; '),
  );
});

/** As if this client's ledger said that it sent nothing. */
async function findViolationsWithout(client: string): Promise<readonly string[]> {
  const known = ledgers;
  ledgers = known.map((one) => (one.client === client ? { client, entries: [] } : one));
  const found = await foundAfter();
  ledgers = known;
  return found;
}

// A database of the very first version, with a group in mid-round, comes up under today's code: every route that reads answers, and the
// group goes on with the members, keys and bytes that it had.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiClient, fillPath } from '@colora/protocol/api-client';
import type { Route } from '@colora/protocol/route/route';
import { routes } from '@colora/protocol/routes';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { buildCoordinator } from '../coordinator.ts';
import { hashSecret } from '../keys/api-keys.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, hash, makeSettings, member, tensors } from '../testing/group.ts';
import { makeOld } from '../testing/old-database.ts';

const keyOf = (name: string) => `colora_p_of-the-first-version-${name}`;

/** What that version stored: settings as it knew them, and no field of those that came later. */
const { baseModel } = makeSettings();
const settings = {
  baseModel,
  task: { kind: 'classification', labels: ['bad', 'good'], maxTokens: 128 },
  adapter: { layout: 'dual', rank: 4, alpha: 4, personalRank: 2 },
  training: { contribution: 'delta', personalSteps: 8, sharedSteps: 8, batchSize: 4 },
  aggregation: { rule: 'mean', weighting: 'examples', optimizer: 'plain', rate: 1 },
  rounds: {
    count: 3,
    participants: 2,
    quorum: 1,
    deadlineSeconds: 600,
    mode: 'synchronous',
    maxStaleness: 0,
  },
  privacy: {},
  seed: 0,
};

function rowsOfThen(): string {
  const files = {
    first: encode(tensors({ 'x.shared.A': [1, 2] })),
    sent: encode(tensors({ 'x.shared.A': [0.5, 0.5] })),
    second: encode(tensors({ 'x.shared.A': [1.5, 2.5] })),
  };
  const blobs = Object.entries(files).map(
    ([id, bytes]) => `
      INSERT INTO "Blob" ("id", "sha256", "bytes") VALUES ('${id}', '${hash(bytes)}', ${bytes.length});
      INSERT INTO "BlobChunk" VALUES ('${id}', 0, '\\x${Buffer.from(bytes).toString('hex')}');`,
  );
  const people = ['ada', 'bob'].map(
    (name) => `
      INSERT INTO "Participant" ("id", "name") VALUES ('${name}', '${name}');
      INSERT INTO "ApiKey" ("id", "role", "name", "hash", "participantId")
        VALUES ('key-${name}', 'participant', '${name}', '${hashSecret(keyOf(name))}', '${name}');
      INSERT INTO "Membership" ("groupId", "participantId") VALUES ('g', '${name}');
      INSERT INTO "Assignment" ("roundId", "participantId") VALUES ('r1', '${name}'), ('r2', '${name}');
      INSERT INTO "Metric" ("id", "groupId", "participantId", "round", "name", "value")
        VALUES ('m-${name}', 'g', '${name}', 1, 'accuracy', 0.75);`,
  );
  return `
    INSERT INTO "TaskGroup" ("id", "name", "access", "state", "settings", "committedRounds", "checkpointVersion")
      VALUES ('g', 'reviews', 'invitation', 'running', '${JSON.stringify(settings)}', 1, 1);
    INSERT INTO "Round" ("id", "groupId", "number", "state", "version", "contributed", "deadlineAt", "committedAt", "metrics")
      VALUES ('r1', 'g', 1, 'committed', 0, 1, now(), now(), '{"contributions":1}');
    INSERT INTO "Round" ("id", "groupId", "number", "state", "version", "deadlineAt")
      VALUES ('r2', 'g', 2, 'open', 1, now() + INTERVAL '1 hour');
    ${blobs.join('')} ${people.join('')}
    INSERT INTO "Contribution" ("roundId", "participantId", "blobId", "weight", "norm", "examples", "sharedLoss")
      VALUES ('r1', 'ada', 'sent', 4, 0.7, 4, 0.6);
    INSERT INTO "Checkpoint" ("groupId", "version", "blobId") VALUES ('g', 0, 'first'), ('g', 1, 'second');
    INSERT INTO "AuditEvent" ("id", "kind", "groupId", "detail") VALUES ('e', 'group-started', 'g', '{}');
    INSERT INTO "Invitation" ("id", "groupId", "hash", "usedAt", "usedBy") VALUES ('i', 'g', 'h', now(), 'ada');`;
}

/** What of the past no row of then can answer: manifests and signed files came later; and nobody signs in by a provider here. */
const unknownThen = new Set([
  'showManifest',
  'listManifestEntries',
  'getKeptFile',
  'startOidc',
  'finishOidc',
]);

onOneDatabase('a database of the first version', (database) => {
  test('every route that reads answers, and the group goes on', async () => {
    const options = await database.create();
    await makeOld(options, '20260101000001', rowsOfThen());
    const coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
    try {
      const params = { group: 'reviews', round: 1, version: 1, sha256: '0'.repeat(64) };
      for (const [name, route] of Object.entries<Route>(routes)) {
        if (route.method !== 'GET') continue;
        const isMembers = route.access !== 'anyone' && !route.access.includes('admin');
        const key = isMembers ? keyOf('ada') : adminKey;
        const headers = { authorization: `Bearer ${key}` };
        const answer = await fetch(coordinator.url + fillPath(route.path, params), { headers });
        const expected = unknownThen.has(name) ? 404 : name === 'showMasking' ? 409 : 200; // nothing was masked then
        assert.ok(expected === answer.status, `${name}: ${answer.status} ${await answer.text()}`);
      }
      const [ada, bob] = ['ada', 'bob'].map((name) => member(coordinator.url, name, keyOf(name), 'reviews'));
      for (const version of [1, 2]) {
        for (const one of [ada!, bob!]) {
          await one.until('its round', ({ round }) => round?.version === version);
          await one.contribute(tensors({ 'x.shared.A': [1, 1] }));
        }
      }
      await ada!.until('the end', ({ state }) => state === 'completed');
      const checkpoint = await bob!.checkpoint();
      assert.deepEqual([...checkpoint.get('x.shared.A')!.data], [-0.5, 0.5]);
      const admin = createApiClient(coordinator.url, () => adminKey);
      const { items } = await admin.call('listManifests', { params: { group: 'reviews' } });
      assert.deepEqual(
        items.map(({ version }) => version).sort(),
        [2, 3],
        'signed from the first round on that closed since',
      );
    } finally {
      await coordinator.close();
    }
  });
});

// A database of an earlier version comes up at this one's schema, with what stood in it put right.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsOf, storedSettings } from '../access/stored-settings.ts';
import { isUniqueViolation } from '../sql/database-errors.ts';
import { onEachDatabase } from '../testing/databases.ts';
import { settingsRow } from '../testing/group.ts';
import { makeOld } from '../testing/old-database.ts';
import { openDatabase } from './open-database.ts';

onEachDatabase('a database of old', (database) => {
  test('rounds that were open and not collecting yet collect, and want what they need', async () => {
    const options = await database.create();
    const group = (name: string, rounds: string) => `
      INSERT INTO "TaskGroup" ("id", "name", "access", "state", "settings", "checkpointVersion")
        VALUES ('${name}', '${name}', 'open', 'running', '{"rounds":${rounds}}', 0);
      INSERT INTO "Round" ("id", "groupId", "number", "version", "deadlineAt") VALUES ('1-${name}', '${name}', 1, 0, now());`;
    await makeOld(
      options,
      '20260320000000_rounds_collect_at_once',
      `${group('asked', '{"quorum":1}')} ${group('empty', '{"quorum":2}')}
      INSERT INTO "Participant" ("id", "name") VALUES ('a', 'ada'), ('b', 'bob'), ('c', 'cleo');
      INSERT INTO "Assignment" ("roundId", "participantId") VALUES ('1-asked', 'a'), ('1-asked', 'b'), ('1-asked', 'c');
      INSERT INTO "Round" ("id", "groupId", "number", "state", "version", "wanted", "deadlineAt")
        VALUES ('0-asked', 'asked', 0, 'committed', 0, 3, now()), ('0-empty', 'empty', 0, 'failed', 0, 3, now());`,
    );
    const { client: db, close } = await openDatabase(options);
    try {
      const rounds = await db.round.findMany({ orderBy: { id: 'asc' } });
      assert.deepEqual(
        rounds.map(({ id, state, wanted }) => [id, state, wanted]),
        [
          ['0-asked', 'committed', 3],
          ['0-empty', 'failed', 3],
          ['1-asked', 'collecting', 3],
          ['1-empty', 'collecting', 2],
        ],
      );
      const states = await db.$queryRaw`SELECT unnest(enum_range(NULL::"RoundState"))::text AS "state"`;
      assert.deepEqual(
        states,
        ['collecting', 'aggregating', 'committed', 'failed'].map((state) => ({ state })),
      );
      const data = { groupId: 'empty', number: 2, version: 0, deadlineAt: new Date() };
      await assert.rejects(db.round.create({ data }), isUniqueViolation); // a group still has one live round
    } finally {
      await close();
    }
  });

  test('a figure of a checkpoint counts once, and only if that was there; settings are inside their bounds', async () => {
    const options = await database.create();
    const { settings } = settingsRow({ rounds: { earlyStop: { metric: 'accuracy', goal: 'higher' } } });
    const { earlyStop, ...rounds } = settings.rounds;
    const wide = {
      ...settings,
      adapter: { ...settings.adapter, alpha: 1e300 },
      aggregation: { ...settings.aggregation, radius: 1e30 },
      rounds: { ...rounds, earlyStop: { ...earlyStop, minDelta: 1e12 } },
    };
    const columns = `"isBuffered", "isSampled", "participants", "quorum", "maxStaleness", "downloadEncoding"`;
    await makeOld(
      options,
      '20260512000000_bounded_figures',
      `INSERT INTO "TaskGroup" ("id", "name", "access", "state", "settings", "checkpointVersion", ${columns})
        VALUES ('g', 'g', 'open', 'running', '${JSON.stringify(wide)}', 1, false, false, 2, 1, 0, 'f32');
      INSERT INTO "Participant" ("id", "name") VALUES ('a', 'ada');
      INSERT INTO "Blob" ("id", "sha256", "bytes") VALUES ('b', 'b', 0);
      INSERT INTO "Checkpoint" ("groupId", "version", "blobId", "createdAt") VALUES ('g', 1, 'b', '2026-01-02');
      INSERT INTO "Metric" ("id", "groupId", "participantId", "round", "name", "value", "createdAt") VALUES
        ('1', 'g', 'a', 1, 'accuracy', 0.1, '2026-01-01'), ('2', 'g', 'a', 1, 'accuracy', 0.2, '2026-01-03'),
        ('3', 'g', 'a', 1, 'accuracy', 0.3, '2026-01-04'), ('4', 'g', 'a', 2, 'accuracy', 0.4, '2026-01-04'),
        ('5', 'g', 'a', NULL, 'accuracy', 0.5, '2026-01-01'), ('6', 'g', 'a', NULL, 'accuracy', 0.6, '2026-01-02'),
        ('7', 'g', 'a', 1, 'loss', 7, '2026-01-02');`,
    );
    const { client: db, close } = await openDatabase(options);
    try {
      const kept = await db.metric.findMany({ orderBy: { id: 'asc' } });
      assert.deepEqual(
        kept.map(({ id }) => id),
        ['3', '6', '7'],
      );
      const { adapter, aggregation, rounds } = settingsOf(await db.taskGroup.findFirstOrThrow());
      assert.deepEqual([adapter.alpha, aggregation.radius, rounds.earlyStop?.minDelta], [1e9, 1e9, 1e9]);
    } finally {
      await close();
    }
  });

  test('what statements ask of settings stands beside them', async () => {
    const options = await database.create();
    const { settings } = settingsRow({
      rounds: {
        mode: 'buffered',
        participants: 5,
        quorum: 2,
        maxStaleness: 3,
        earlyStop: { metric: 'loss', goal: 'lower' },
      },
      wire: { download: 'int8' },
    });
    const { settings: sampled } = settingsRow({ rounds: { cohort: { fraction: 1 } } });
    const { adapter: _, rounds: __, wire: ___, ...early } = sampled; // of before there were such fields
    const rows = Object.entries({ buffered: settings, early, sampled }).map(
      ([name, value]) => `('${name}', '${name}', 'open', 'running', '${JSON.stringify(value)}')`,
    );
    await makeOld(
      options,
      '20260330000000_settings_columns',
      `INSERT INTO "TaskGroup" ("id", "name", "access", "state", "settings") VALUES ${rows.join(', ')}`,
    );
    const { client: db, close } = await openDatabase(options);
    try {
      const groups = await db.taskGroup.findMany();
      assert.equal(groups.length, rows.length);
      for (const group of groups) {
        const { settings: _, ...columns } = storedSettings(settingsOf(group));
        assert.deepEqual({ ...group, ...columns }, group); // as if written today
      }
    } finally {
      await close();
    }
  });
});

// A database of an earlier version comes up at this one's schema, with what stood in it put right.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsOf, storedSettings } from '../access/stored-settings.ts';
import { isUniqueViolation } from '../sql/database-errors.ts';
import { onEachDatabase } from '../testing/databases.ts';
import { settingsRow } from '../testing/group.ts';
import { migrate, readMigrations } from './migrations.ts';
import { type DatabaseOptions, openDatabase } from './open-database.ts';
import { openPglite } from './open-pglite.ts';
import { openPostgres } from './open-postgres.ts';

/** The schema as it stood before the migration named, with these rows in it. */
async function makeOld({ databaseUrl, dataFolder }: DatabaseOptions, before: string, rows: string) {
  const driver = databaseUrl === undefined ? await openPglite(dataFolder) : await openPostgres(databaseUrl);
  try {
    const older = readMigrations().filter(({ name }) => name < before);
    assert.ok(older.length > 0 && older.length < readMigrations().length);
    await migrate(driver.runner, older);
    await driver.runner.script(rows);
  } finally {
    await driver.migrated?.();
    await driver.release();
  }
}

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

// For tests: a database as an earlier version left it. No tests here.
import assert from 'node:assert/strict';
import { migrate, readMigrations } from '../database/migrations.ts';
import type { DatabaseOptions } from '../database/open-database.ts';
import { openPglite } from '../database/open-pglite.ts';
import { openPostgres } from '../database/open-postgres.ts';

/** The schema as it stood before the migration named, with what this SQL puts into it. */
export async function makeOld({ databaseUrl, dataFolder }: DatabaseOptions, before: string, rows: string) {
  const driver = databaseUrl === undefined ? await openPglite(dataFolder) : await openPostgres(databaseUrl);
  try {
    const older = readMigrations().filter(({ name }) => name < before);
    assert.ok(older.length > 0 && older.length < readMigrations().length);
    await driver.runner.script('DROP SCHEMA "public" CASCADE; CREATE SCHEMA "public"'); // embedded ones are laid migrated
    await migrate(driver.runner, older);
    await driver.runner.script(rows);
  } finally {
    await driver.migrated?.();
    await driver.release();
  }
}

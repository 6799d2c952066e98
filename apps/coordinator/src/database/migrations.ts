// Applies the SQL files of prisma/migrations at start and records them as Prisma's own tool does
// (table, checksum, advisory lock), so that `prisma migrate deploy` agrees with what it finds.

import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256Hex } from '@colora/protocol/sha256';
import { StartError } from '../start-error.ts';

/** The little that migrating needs of a driver: scripts of many statements, and one-statement queries. */
export interface SqlRunner {
  script(sql: string): Promise<void>;
  query<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  /** sha256 (hex) of the file, as Prisma records it. */
  readonly checksum: string;
}

const migrationsFolder = fileURLToPath(new URL('../../../../prisma/migrations', import.meta.url));

/** Prisma Migrate's own advisory lock: replicas and `prisma migrate` exclude each other. */
const advisoryLock = 72_707_369;

const migrationsTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    VARCHAR(36) PRIMARY KEY NOT NULL,
    "checksum"              VARCHAR(64) NOT NULL,
    "finished_at"           TIMESTAMPTZ,
    "migration_name"        VARCHAR(255) NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        TIMESTAMPTZ,
    "started_at"            TIMESTAMPTZ NOT NULL DEFAULT now(),
    "applied_steps_count"   INTEGER NOT NULL DEFAULT 0
)`;

/** The migrations of this version, oldest first. */
export function readMigrations(folder: string = migrationsFolder): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const bytes = readFileSync(join(folder, name, 'migration.sql'));
      return {
        name,
        sql: bytes.toString('utf8'),
        checksum: sha256Hex(bytes),
      };
    });
}

/** Brings the database to this version's schema, all or nothing; returns the names it applied. */
export async function migrate(runner: SqlRunner, migrations = readMigrations()): Promise<string[]> {
  await runner.script('BEGIN');
  try {
    await runner.query(`SELECT pg_advisory_xact_lock(${advisoryLock})`);
    await runner.script(migrationsTable);
    const applied = await readApplied(runner, migrations);
    const missing = migrations.filter(({ name }) => !applied.has(name));
    for (const migration of missing) await apply(runner, migration);
    await runner.script('COMMIT');
    return missing.map(({ name }) => name);
  } catch (error) {
    await runner.script('ROLLBACK').catch(() => undefined); // the first error is the one to tell
    throw error;
  }
}

async function readApplied(runner: SqlRunner, migrations: readonly Migration[]): Promise<Set<string>> {
  const rows = await runner.query<{ migration_name: string; finished: boolean }>(
    `SELECT "migration_name", "finished_at" IS NOT NULL AS "finished" FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL`,
  );
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = rows.map((row) => row.migration_name).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new StartError(
      `the database was made by a newer version of CoLoRA (it has the migration ${unknown[0]}): update this coordinator, or give it another database`,
    );
  }
  const broken = rows.find((row) => !row.finished);
  if (broken !== undefined) {
    throw new StartError(
      `the migration ${broken.migration_name} was begun and not finished: repair it with "npx prisma migrate resolve", or restore a backup`,
    );
  }
  return new Set(rows.map((row) => row.migration_name));
}

async function apply(runner: SqlRunner, { name, sql, checksum }: Migration): Promise<void> {
  await runner.script(sql);
  await runner.query(
    `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
     VALUES ($1, $2, $3, now(), now(), 1)`,
    [randomUUID(), checksum, name],
  );
}

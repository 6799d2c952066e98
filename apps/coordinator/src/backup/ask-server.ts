// What a Postgres server says of itself and of a coordinator's tables on it, asked without changing anything there.
import { openPostgres } from '../database/open-postgres.ts';

export interface Server {
  readonly major: number;
  /** Those that are applied; none where CoLoRA was never here. */
  readonly migrations: readonly string[];
  /** Of its clock against this machine's. */
  readonly aheadMs: number;
  /** Groups whose settings keep every checkpoint. */
  readonly keepsAll: readonly string[];
}

/** Throws StartError where it can't be reached. */
export async function askServer(address: string): Promise<Server> {
  const driver = await openPostgres(address);
  const { query } = driver.runner;
  const names = async (sql: string) => (await query<{ name: string }>(sql)).map(({ name }) => name);
  try {
    const asked = Date.now();
    const [row] = await query<{ version: number; ms: number; known: boolean; has: boolean }>(
      `SELECT current_setting('server_version_num')::int AS "version",
        (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "ms",
        to_regclass('"_prisma_migrations"') IS NOT NULL AS "known", to_regclass('"TaskGroup"') IS NOT NULL AS "has"`,
    );
    const now = (asked + Date.now()) / 2;
    const migrations = row?.known
      ? await names(
          'SELECT "migration_name" AS "name" FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL ORDER BY 1',
        )
      : [];
    const keepsAll = row?.has
      ? await names(
          `SELECT "name" FROM "TaskGroup" WHERE "settings"->'retention'->'checkpoints' = 'null' ORDER BY 1 LIMIT 6`,
        )
      : [];
    const major = Math.floor((row?.version ?? 0) / 10_000);
    return { major, migrations, aheadMs: (row?.ms ?? now) - now, keepsAll };
  } finally {
    await driver.migrated?.().finally(driver.release);
  }
}

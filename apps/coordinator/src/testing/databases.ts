// For tests: runs one suite on each database there is. PGlite always, in a folder of its own; Postgres
// where COLORA_TEST_POSTGRES names a server (an address that may create databases), else reported skipped.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { testPostgresUrl } from '../config.ts';
import type { DatabaseOptions } from '../database/open-database.ts';
import type { DatabaseKind } from '../database/opened-driver.ts';
import { compileOnce } from './compile-once.ts';
import { layEmbeddedDatabase } from './embedded.ts';

export interface TestDatabase {
  readonly kind: DatabaseKind;
  /** A new, empty database; removed after the suite. Open it as often as you like. */
  create(): Promise<DatabaseOptions>;
}

/** Defines `suite` once a database, as node:test suites. */
export function onEachDatabase(name: string, suite: (database: TestDatabase) => void): void {
  onPglite(name, suite);
  const url = testPostgresUrl();
  if (url === undefined) test(`${name} (postgres)`, { skip: 'COLORA_TEST_POSTGRES is not set' });
  else onPostgres(name, url, suite);
}

function onPglite(name: string, suite: (database: TestDatabase) => void): void {
  describe(`${name} (pglite)`, () => suite(useDatabase('pglite', pgliteOptions)));
}

function onPostgres(name: string, url: string, suite: (database: TestDatabase) => void): void {
  describe(`${name} (postgres)`, () =>
    suite(useDatabase('postgres', (folder) => postgresOptions(url, folder))));
}

/**
 * For suites that take long and whose statements other suites run on each database: once, on Postgres where there is one, else on
 * PGlite.
 */
export function onOneDatabase(name: string, suite: (database: TestDatabase) => void): void {
  const url = testPostgresUrl();
  if (url === undefined) onPglite(name, suite);
  else onPostgres(name, url, suite);
}

/** As onOneDatabase, for what is opened once: a new, empty database, whose embedded one lies in `dataFolder`. */
export async function makeOneDatabase(dataFolder: string): Promise<MadeDatabase> {
  const url = testPostgresUrl();
  return url === undefined ? await pgliteOptions(dataFolder) : await postgresOptions(url, dataFolder);
}

interface MadeDatabase {
  readonly options: DatabaseOptions;
  /** Once it is closed. */
  readonly remove: () => Promise<void>;
}

function useDatabase(kind: DatabaseKind, make: (folder: string) => Promise<MadeDatabase>): TestDatabase {
  let folder = '';
  const removals: (() => Promise<void>)[] = [];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'colora-test-'));
  });
  after(async () => {
    for (const remove of removals) await remove();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    kind,
    async create() {
      const { options, remove } = await make(mkdtempSync(join(folder, 'data-')));
      removals.push(remove);
      return options;
    },
  };
}

async function pgliteOptions(dataFolder: string): Promise<MadeDatabase> {
  await layEmbeddedDatabase(dataFolder);
  return { options: { dataFolder }, remove: async () => undefined };
}

async function postgresOptions(admin: string, dataFolder: string): Promise<MadeDatabase> {
  compileOnce();
  const name = `colora_test_${randomBytes(6).toString('hex')}`;
  await runSql(admin, `CREATE DATABASE "${name}"`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return {
    options: { databaseUrl: url.href, dataFolder },
    remove: () => runSql(admin, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`),
  };
}

/** One statement on a Postgres server, as somebody beside the coordinator runs it. */
export async function runSql(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

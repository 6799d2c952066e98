// A Postgres server as the database, through node-postgres. Several coordinators may share it.
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { chunkPool, postgresChunks, statementTimeoutMs } from '../blobs/postgres-chunks.ts';
import { StartError } from '../start-error.ts';
import { openCuttablePool } from './cuttable-pool.ts';
import { serverUsage } from './database-usage.ts';
import type { OpenedDriver } from './opened-driver.ts';
import { quoted, readPostgresAddress } from './postgres-address.ts';
import { createStatementNames } from './statements/statement-names.ts';
import { askWritable, assertWritable, type Writability } from './writability.ts';

/** Nothing that the coordinator asks takes so long, lists of years included. */
const silentMs = 30_000;
/** Bytes may wait for a slow reader; the server gives up a statement of theirs before. */
const silentChunksMs = statementTimeoutMs + 15_000;
/** A connection of its own: the others may all be waiting in the same line. */
const probeMs = 5_000;

export async function openPostgres(url: string): Promise<OpenedDriver> {
  assertPostgres(url);
  const { connectionString, options, schema: wanted } = readPostgresAddress(url);
  const config = { connectionString, options, connectionTimeoutMillis: 10_000 };
  const migrator = new pg.Client(config);
  try {
    await migrator.connect();
  } catch (error) {
    throw new StartError(explain(url, error), { cause: error });
  }
  const schema = await openSchema(migrator, wanted).catch(async (error: unknown) => {
    await migrator.end();
    throw error;
  });
  const queries = openCuttablePool({ ...config, max: 10 }, silentMs);
  const bytes = openCuttablePool(chunkPool(config), silentChunksMs);
  const probe = openCuttablePool({ ...config, max: 1, connectionTimeoutMillis: probeMs }, probeMs);
  return {
    kind: 'postgres',
    adapter: new PrismaPg(queries.pool, {
      schema,
      statementNameGenerator: createStatementNames(),
      disposeExternalPool: true,
    }),
    probe: {
      ask: async () => assertWritable((await probe.pool.query<Writability>(askWritable)).rows),
      cut() {
        queries.cut();
        bytes.cut();
      },
    },
    runner: {
      script: async (sql) => void (await migrator.query(sql)),
      query: async <Row>(sql: string, values: readonly unknown[] = []) =>
        (await migrator.query(sql, [...values])).rows as Row[],
    },
    chunks: () => postgresChunks(bytes.pool),
    usage: serverUsage,
    migrated: () => migrator.end(),
    release: () => probe.pool.end(),
  };
}

const asUtc = ['UTC', 'Etc/UTC', 'UCT', 'Etc/UCT', 'GMT', 'Etc/GMT', 'Zulu'];

/**
 * The schema that tables without one are made and found in; Prisma names it in every statement. Throws StartError where
 * there is none, and where our settings did not arrive: times would be hours off.
 */
async function openSchema(client: pg.Client, wanted: string | null): Promise<string> {
  if (wanted !== null) await client.query(`CREATE SCHEMA IF NOT EXISTS ${quoted(wanted)}`);
  const { rows } = await client.query<{ schema: string | null; zone: string }>(
    `SELECT current_schema() AS "schema", current_setting('TimeZone') AS "zone"`,
  );
  const { schema = null, zone = '' } = rows[0] ?? {};
  if (!asUtc.includes(zone)) {
    throw new StartError(
      `the database keeps its connections at the time of ${zone}, though UTC was asked for: a pooler on the way drops the settings of a connection (options); go past it, or set them in the database (ALTER DATABASE … SET timezone = 'UTC')`,
    );
  }
  if (schema !== null) return schema;
  throw new StartError(
    'the search_path of this user in the database leads to no schema: create the one it names, or name one in the address (?schema=colora)',
  );
}

/** Of `--database-url`, which nobody checked: another database's address would be looked for as a host. */
function assertPostgres(url: string): void {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1];
  const what = scheme === undefined ? 'this has none' : `this is ${scheme}:`;
  throw new StartError(
    `the address of the database must read postgres://user:password@host:port/name, and ${what} (signs such as @ or # in a password are written as %40, %23): correct DATABASE_URL or --database-url`,
  );
}

/** What is wrong with the address, without its password. */
function explain(url: string, error: unknown): string {
  const { host, pathname, username } = new URL(url);
  const where = `the database at ${host || 'localhost'}`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = error instanceof Error ? error.message : String(error);
  switch (code) {
    case 'ECONNREFUSED':
      return `${where} refuses connections: start Postgres there, or correct DATABASE_URL`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${where} cannot be found: correct the host in DATABASE_URL`;
    case '3D000':
      return `${where} has no database "${pathname.slice(1)}": create it, or correct DATABASE_URL`;
    case '28P01':
    case '28000':
      return `${where} does not accept the user "${username}" with this password: correct DATABASE_URL`;
    default:
      return `${where} cannot be reached (${[code, reason].filter((part) => part !== '').join(': ') || 'no answer'}): check DATABASE_URL`;
  }
}

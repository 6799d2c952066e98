// Opens the database, embedded or a server's, at this version's schema. Everything above this file
// sees one Prisma client and never asks which of the two it is.
import type { ChunkStorage } from '../blobs/chunk-storage.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { getPrismaClientClass } from '../generated/prisma/internal/class.ts';
import type { AroundStatement } from '../meters/statements.ts';
import type { DatabaseUsage } from '../room/usage.ts';
import type { Probe } from './database-watch.ts';
import { migrate } from './migrations.ts';
import { openPglite } from './open-pglite.ts';
import { openPostgres } from './open-postgres.ts';
import type { DatabaseKind, OpenedDriver } from './opened-driver.ts';
import { watchStatements } from './statements/watched-adapter.ts';
import { startErrorOf } from './unavailable.ts';

// of the generated code the only module that runs; the others are types, and not in the repository
const PrismaClientClass = getPrismaClientClass();

export interface Database {
  readonly kind: DatabaseKind;
  readonly client: PrismaClient;
  readonly chunks: ChunkStorage;
  readonly probe: Probe;
  readonly usage: DatabaseUsage;
  readonly vacuum: OpenedDriver['vacuum'];
  readonly alone: OpenedDriver['alone'];
  /** Migrations this start applied; all of them at the first. */
  readonly applied: readonly string[];
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly databaseUrl?: string | undefined;
  readonly dataFolder: string;
  /** Watches each statement; default: nobody does. */
  readonly aroundStatement?: AroundStatement;
}

/** Throws StartError when the database cannot be used, with what to do about it. */
export async function openDatabase({
  databaseUrl,
  dataFolder,
  aroundStatement,
}: DatabaseOptions): Promise<Database> {
  const driver = databaseUrl === undefined ? await openPglite(dataFolder) : await openPostgres(databaseUrl);
  try {
    const applied = await migrate(driver.runner).finally(driver.migrated);
    const client = new PrismaClientClass({
      adapter:
        aroundStatement === undefined ? driver.adapter : watchStatements(driver.adapter, aroundStatement),
      errorFormat: 'minimal',
      // Transactions queue for the one connection of the embedded database.
      transactionOptions: { maxWait: 60_000, timeout: 60_000 },
    });
    const chunks = driver.chunks(client);
    const close = () =>
      chunks
        .close()
        .finally(() => client.$disconnect())
        .finally(driver.release);
    const { kind, probe, vacuum, alone } = driver;
    return { kind, client, chunks, probe, vacuum, alone, usage: driver.usage(client), applied, close };
  } catch (error) {
    await driver.release();
    throw startErrorOf(error);
  }
}

// What a driver's file yields, embedded or a server's: the interface that open-database.ts composes.
// The members are open-pglite.ts and open-postgres.ts.
import type { PrismaPg } from '@prisma/adapter-pg';
import type { PrismaPGlite } from 'pglite-prisma-adapter';
import type { ChunkStorage } from '../blobs/chunk-storage.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { DatabaseUsage } from '../room/usage.ts';
import type { Probe } from './database-watch.ts';
import type { SqlRunner } from './migrations.ts';

export type DatabaseKind = 'postgres' | 'pglite';

export interface OpenedDriver {
  readonly kind: DatabaseKind;
  readonly adapter: PrismaPg | PrismaPGlite;
  readonly runner: SqlRunner;
  /** The way of this database for the bytes of blobs. */
  readonly chunks: (client: PrismaClient) => ChunkStorage;
  readonly probe: Probe;
  readonly usage: (client: PrismaClient) => DatabaseUsage;
  /** Of a database that nothing else vacuums: runs one statement outside of transactions. */
  readonly vacuum?: (statement: string) => Promise<void>;
  /** Of a database that is a folder of this process: runs `work` while no statement is under way, all before in its files. */
  readonly alone?: (work: () => Promise<void>) => Promise<void>;
  /** Called once the schema is there. */
  readonly migrated?: () => Promise<void>;
  readonly release: () => Promise<void>;
}

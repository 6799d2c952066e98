// The embedded database: PGlite (Postgres compiled to WebAssembly) in the data folder, behind the same
// Prisma client as a server's. One process at a time, guarded by the folder's lock.
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { PrismaPGlite } from 'pglite-prisma-adapter';
import { pgliteChunks } from '../blobs/pglite-chunks.ts';
import { StartError } from '../start-error.ts';
import { lockFolder } from './data-folder/folder-lock.ts';
import { PrivateNodeFS } from './data-folder/private-node-fs.ts';
import { folderUsage } from './database-usage.ts';
import type { OpenedDriver } from './opened-driver.ts';
import { prepareStatements } from './prepared-statements.ts';
import { askWritable, assertWritable, type Writability } from './writability.ts';

export async function openPglite(dataFolder: string): Promise<OpenedDriver> {
  const unlock = lockFolder(dataFolder);
  try {
    const pglite = await startPglite(join(dataFolder, 'database'));
    prepareStatements(pglite);
    reportCommitErrors(pglite);
    return {
      kind: 'pglite',
      adapter: new PrismaPGlite(pglite),
      runner: {
        script: async (sql) => void (await pglite.exec(sql)),
        query: async <Row>(sql: string, values: readonly unknown[] = []) =>
          (await pglite.query<Row>(sql, [...values])).rows,
      },
      chunks: pgliteChunks,
      // It runs in this process: it cannot hang by itself, and has no connections to break.
      probe: {
        ask: async () => assertWritable((await pglite.query<Writability>(askWritable)).rows),
        cut: () => undefined,
      },
      usage: () => folderUsage(join(dataFolder, 'database')),
      vacuum: async (statement) => void (await pglite.exec(statement)),
      async alone(work) {
        await pglite.exec('CHECKPOINT');
        await pglite.runExclusive(work);
      },
      release: async () => {
        await pglite.close().finally(unlock);
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

async function startPglite(folder: string): Promise<PGlite> {
  try {
    const pglite = await PGlite.create({ fs: new PrivateNodeFS(folder) });
    await pglite.exec(`SET TIME ZONE 'UTC'`); // Prisma's timestamps carry no zone
    return pglite;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(
      `the embedded database in ${folder} cannot be opened (${reason}): restore the folder from a backup, or choose another data folder`,
      { cause: error },
    );
  }
}

/**
 * The adapter answers a commit as soon as PGlite's transaction settles, but drops its error: an
 * acknowledgement could follow a commit that failed (disk full). Here the failure reaches the caller.
 */
function reportCommitErrors(pglite: PGlite): void {
  const transaction = pglite.transaction.bind(pglite);
  pglite.transaction = ((run: Parameters<typeof transaction>[0]) => {
    const result = transaction(run);
    return Object.assign(result, {
      catch: (onRejected: (error: unknown) => unknown) => {
        const told = result.then(undefined, (error: unknown) => {
          onRejected(error);
          throw error;
        });
        told.catch(() => undefined); // awaited by commit alone: a rollback leaves it unobserved
        return told;
      },
    });
  }) as typeof pglite.transaction;
}

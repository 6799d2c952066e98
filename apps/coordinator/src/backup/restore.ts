// `colora restore`: a backup into a new database, which then goes on from where it was. What was acknowledged since is gone: members
// notice by themselves (the client's session/set-back.ts), and the trail says that it was restored.
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { audit } from '../audit.ts';
import { lockFolder } from '../database/data-folder/folder-lock.ts';
import { readMigrations } from '../database/migrations.ts';
import { type DatabaseOptions, openDatabase } from '../database/open-database.ts';
import { StartError } from '../start-error.ts';
import { askServer } from './ask-server.ts';
import { type BackupHeader, openBackup } from './backup-file.ts';
import { unpackFolder } from './folder-stream.ts';
import { majorOf, restore } from './postgres-tools.ts';

/** Throws StartError, and leaves the database as it was, unless all of it is there. Returns when it was backed up. */
export async function restoreBackup(path: string, options: DatabaseOptions): Promise<string> {
  const { databaseUrl, dataFolder } = options;
  const { header, content } = await openBackup(path);
  assertKnown(header);
  const kind = databaseUrl === undefined ? 'pglite' : 'postgres';
  if (header.kind !== kind)
    throw new StartError(
      header.kind === 'postgres'
        ? 'this is a backup of a Postgres database: name one with --database-url'
        : 'this is a backup of an embedded database: restore it into a data folder (--data), without --database-url',
    );
  if (databaseUrl === undefined) await restoreFolder(dataFolder, content());
  else await restoreServer(databaseUrl, header, content());
  const opened = await openDatabase(options); // at this version's schema, as the coordinator would
  try {
    await audit(opened.client, { kind: 'database-restored', detail: { backedUpAt: header.at } });
  } finally {
    await opened.close();
  }
  return header.at;
}

function assertKnown({ migrations }: BackupHeader): void {
  const known = new Set(readMigrations().map(({ name }) => name));
  const unknown = migrations.find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new StartError(
      `the backup was made by a newer version of CoLoRA (it has the migration ${unknown}): update this one`,
    );
}

async function restoreFolder(dataFolder: string, packed: Parameters<typeof unpackFolder>[0]): Promise<void> {
  const unlock = lockFolder(dataFolder);
  const database = join(dataFolder, 'database');
  const part = `${database}.part`;
  try {
    if (existsSync(database))
      throw new StartError(
        `there is a database in ${dataFolder} already: name a new folder with --data, or move it away`,
      );
    await rm(part, { recursive: true, force: true });
    await unpackFolder(packed, part);
    await rename(part, database);
  } finally {
    await rm(part, { recursive: true, force: true });
    unlock();
  }
}

async function restoreServer(
  address: string,
  { tools }: BackupHeader,
  content: Parameters<typeof restore>[1],
): Promise<void> {
  const major = await majorOf('pg_restore');
  if (tools !== null && major < tools)
    throw new StartError(
      `pg_restore is of version ${major}, and the backup was made by pg_dump ${tools}: install postgresql-client-${tools}`,
    );
  if ((await askServer(address)).migrations.length > 0)
    throw new StartError('this database holds CoLoRA’s tables already: create an empty one, and name that');
  await restore(address, content);
}

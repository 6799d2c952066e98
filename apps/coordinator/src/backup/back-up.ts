// `colora backup`: the whole database in one file, of a coordinator that runs or not. With it goes all there is: accounts, hashes of
// keys, updates, checkpoints, the trail, and the key that signs receipts. Its way back is restore.ts.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { holderOf, lockFolder } from '../database/data-folder/folder-lock.ts';
import { readMigrations } from '../database/migrations.ts';
import type { DatabaseOptions } from '../database/open-database.ts';
import { StartError } from '../start-error.ts';
import { askServer } from './ask-server.ts';
import { writeBackup } from './backup-file.ts';
import { packFolder } from './folder-stream.ts';
import { askForCopy } from './live-copy.ts';
import { dump, majorOf } from './postgres-tools.ts';

/** Returns the file's bytes. Throws StartError, which says what to mend. */
export async function backUp(path: string, { databaseUrl, dataFolder }: DatabaseOptions): Promise<number> {
  return databaseUrl === undefined ? backUpFolder(path, dataFolder) : backUpServer(path, databaseUrl);
}

async function backUpServer(path: string, address: string): Promise<number> {
  const tools = await majorOf('pg_dump');
  const { major, migrations } = await askServer(address);
  if (tools < major)
    throw new StartError(
      `pg_dump is of version ${tools}, and the server of ${major}: install postgresql-client-${major}`,
    );
  if (migrations.length === 0)
    throw new StartError('this database holds nothing of CoLoRA: there is nothing to back up');
  const at = new Date().toISOString();
  return writeBackup(path, { kind: 'postgres', at, migrations: [...migrations], tools }, dump(address));
}

async function backUpFolder(path: string, dataFolder: string): Promise<number> {
  const database = join(dataFolder, 'database');
  if (!existsSync(database))
    throw new StartError(
      `there is no database in ${dataFolder}: name the coordinator's folder with --data, or its Postgres with --database-url`,
    );
  const at = new Date().toISOString();
  // of a version that runs now; what it holds is checked when it is opened
  const header = {
    kind: 'pglite' as const,
    at,
    migrations: readMigrations().map(({ name }) => name),
    tools: null,
  };
  if (holderOf(dataFolder) === null) {
    const unlock = lockFolder(dataFolder);
    try {
      return await writeBackup(path, header, packFolder(database));
    } finally {
      unlock();
    }
  }
  const copy = await askForCopy(dataFolder, () => holderOf(dataFolder) !== null);
  try {
    return await writeBackup(path, header, packFolder(copy.folder));
  } finally {
    await copy.remove();
  }
}

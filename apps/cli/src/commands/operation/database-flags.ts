// The flags that say where a coordinator's database is, as `colora coordinator` takes them.
import { resolve } from 'node:path';
import type { Command } from 'commander';

export interface DatabaseFlags {
  readonly data?: string;
  readonly databaseUrl?: string;
  readonly json?: boolean;
}

export function withDatabaseFlags(command: Command): Command {
  return command
    .option('--data <folder>', 'folder of the embedded database (or COLORA_DATA; default .colora)')
    .option('--database-url <url>', 'Postgres instead of the embedded database (or DATABASE_URL)')
    .option('--json', 'print JSON');
}

/** Flags before the environment. Throws StartError naming a variable that can't be. */
export async function databaseOf(flags: DatabaseFlags) {
  const { readConfig } = await import('@colora/coordinator/config');
  const config = readConfig();
  return {
    databaseUrl: flags.databaseUrl ?? (flags.data === undefined ? config.databaseUrl : undefined),
    dataFolder: resolve(flags.data ?? config.dataFolder),
  };
}

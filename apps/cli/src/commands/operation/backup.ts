// `colora backup`, `colora restore` and `colora migrate`: a coordinator's whole database in a file, a new database from one, and one of
// an earlier version at this version's tables.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { byteText, localTime, print, printJson } from '../../terminal/output.ts';
import { type DatabaseFlags, databaseOf, withDatabaseFlags } from './database-flags.ts';

export function backupCommand(): Command {
  const command = new Command('backup')
    .description('Write a coordinator’s whole database into a file, while it runs or not')
    .argument('<file>', 'new file, which only this user may read');
  return withDatabaseFlags(command)
    .addHelpText(
      'after',
      '\nIt holds all that the coordinator has: accounts, updates, checkpoints, and the key that receipts are signed with. Keep it as such.\nOf Postgres it is made by pg_dump, which has to be of the server’s version or newer.\n\nExample:\n  $ colora backup colora-2026-11-29.backup --data ./colora-data',
    )
    .action(async (file: string, flags: DatabaseFlags) => {
      const { backUp } = await import('@colora/coordinator/backup/back-up');
      const path = resolve(file);
      const bytes = await backUp(path, await databaseOf(flags));
      if (flags.json) printJson({ file: path, bytes });
      else print(`${byteText(bytes)} in ${path}`);
    });
}

export function restoreCommand(): Command {
  const command = new Command('restore')
    .description('Make a new database from a backup: a coordinator on it goes on from there')
    .argument('<file>', 'that colora backup wrote');
  return withDatabaseFlags(command)
    .addHelpText(
      'after',
      '\nThe folder or database has to be new: nothing is written over. What was acknowledged after the backup is gone: members notice\nand go on from there; who joined since joins again, and keys that were revoked since admit again.\n\nExample:\n  $ colora restore colora-2026-11-29.backup --data ./restored',
    )
    .action(async (file: string, flags: DatabaseFlags) => {
      const { restoreBackup } = await import('@colora/coordinator/backup/restore');
      const options = await databaseOf(flags);
      const backedUpAt = await restoreBackup(resolve(file), options);
      const where =
        options.databaseUrl === undefined ? `--data ${options.dataFolder}` : 'the same --database-url';
      if (flags.json) printJson({ backedUpAt });
      else print(`as it was at ${localTime(backedUpAt)}; start it: colora coordinator with ${where}`);
    });
}

export function migrateCommand(): Command {
  const command = new Command('migrate').description(
    'Bring a database to this version’s tables, as a start of the coordinator does; all or nothing',
  );
  return withDatabaseFlags(command)
    .addHelpText('after', '\nExample:\n  $ colora migrate --database-url postgres://user@host:5432/colora')
    .action(async (flags: DatabaseFlags) => {
      const { openDatabase } = await import('@colora/coordinator/database/open-database');
      const { applied, close } = await openDatabase(await databaseOf(flags));
      await close();
      if (flags.json) printJson({ applied });
      else print(applied.length === 0 ? 'nothing to do' : `applied: ${applied.join(', ')}`);
    });
}

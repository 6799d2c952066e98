// What a coordinator's database is like, for `colora doctor`: whether it can be reached, of which version its tables are, whether its
// clock is right, what is kept for ever, and whether it can be backed up. Nothing in it is changed.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, fault, faultOf, ok, warning } from '@colora/protocol/doctor/finding';
import { askServer, type Server } from '../backup/ask-server.ts';
import { majorOf } from '../backup/postgres-tools.ts';
import { holderOf } from '../database/data-folder/folder-lock.ts';
import { readMigrations } from '../database/migrations.ts';
import type { DatabaseOptions } from '../database/open-database.ts';

export async function checkDatabase({ databaseUrl, dataFolder }: DatabaseOptions): Promise<Finding[]> {
  if (databaseUrl === undefined) return checkFolder(dataFolder);
  try {
    const server = await askServer(databaseUrl);
    return [
      ok('database', `Postgres ${server.major} answers`),
      migrationsOf(server),
      clockOf(server),
      retentionOf(server),
      await backupOf(server),
    ];
  } catch (error) {
    return [faultOf('database', error)];
  }
}

function checkFolder(folder: string): Finding[] {
  const holder = holderOf(folder);
  const database = join(folder, 'database');
  if (!existsSync(database)) return [ok('database', `none in ${folder} yet: the first start makes it`)];
  if (holder === null && !readdirSync(database).includes('PG_VERSION'))
    return [
      fault('database', `${database} holds no database`, 'restore a backup, or choose another data folder'),
    ];
  const who = holder === null ? 'nobody has it open' : `process ${holder} has it open`;
  return [ok('database', `embedded, in ${database}; ${who}`)];
}

function migrationsOf({ migrations }: Server): Finding {
  const known = readMigrations().map(({ name }) => name);
  const unknown = migrations.find((name) => !known.includes(name));
  if (unknown !== undefined)
    return fault(
      'migrations',
      `the database has ${unknown}, which this version doesn’t know`,
      'update this coordinator',
    );
  const missing = known.length - migrations.length;
  if (missing === 0) return ok('migrations', 'all are applied');
  return ok('migrations', `${missing} of ${known.length} are to come: the next start applies them`);
}

const mostMs = 5_000;

function clockOf({ aheadMs }: Server): Finding {
  const says = `the database’s is ${(Math.abs(aheadMs) / 1000).toFixed(1)} s ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine’s`;
  if (Math.abs(aheadMs) < mostMs) return ok('clock', says);
  return warning(
    'clock',
    says,
    'set both by NTP: deadlines go by the database’s, logs and certificates by this one',
  );
}

function retentionOf({ keepsAll }: Server): Finding {
  if (keepsAll.length === 0) return ok('retention', 'no group keeps every checkpoint');
  const says = `${keepsAll.slice(0, 5).join(', ')}${keepsAll.length > 5 ? ' and others' : ''}: every checkpoint is kept`;
  return warning(
    'retention',
    says,
    'where that isn’t meant, set retention in the group’s settings; colora storage tells what it takes',
  );
}

async function backupOf({ major }: Server): Promise<Finding> {
  try {
    const tools = await majorOf('pg_dump');
    if (tools >= major) return ok('backup', `pg_dump ${tools} is here`);
    return warning(
      'backup',
      `pg_dump is of version ${tools}, and the server of ${major}`,
      `install postgresql-client-${major}`,
    );
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return warning('backup', says, 'install it where colora backup is to run');
  }
}

// The Postgres under a benchmark: the server that COLORA_BENCH_POSTGRES names, or one of its own from the installed
// binaries, with its defaults: fsync on, commits synchronous.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { track } from './children.ts';
import { freePort } from './free-port.ts';

export interface PostgresServer {
  /** A new, empty database. */
  createDatabase(): Promise<{ url: string; drop: () => Promise<void> }>;
  /** The postmaster's; null where the server is not ours to look at. */
  readonly pid: number | null;
  close(): Promise<void>;
}

/** Throws when no server is named and no binaries are installed. */
export async function openPostgresServer(): Promise<PostgresServer> {
  const named = process.env.COLORA_BENCH_POSTGRES;
  if (named !== undefined && named !== '') return serverAt(named, null, async () => undefined);
  return startServer();
}

function serverAt(admin: string, pid: number | null, close: () => Promise<void>): PostgresServer {
  return {
    pid,
    close,
    async createDatabase() {
      const name = `colora_bench_${randomBytes(6).toString('hex')}`;
      await query(admin, `CREATE DATABASE "${name}"`);
      const url = new URL(admin);
      url.pathname = `/${name}`;
      return { url: url.href, drop: () => query(admin, `DROP DATABASE "${name}" WITH (FORCE)`) };
    },
  };
}

async function startServer(): Promise<PostgresServer> {
  const binaries = findBinaries();
  if (binaries === null) {
    throw new Error('no Postgres: install one, or name a server in COLORA_BENCH_POSTGRES (postgres://…)');
  }
  const folder = await mkdtemp(join(tmpdir(), 'benchpg-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  const user = unprivileged();
  for (const path of [folder, data]) if (user.uid !== undefined) chownSync(path, user.uid, user.gid!);
  const options = { ...user, cwd: data, stdio: 'ignore' } as const;
  execFileSync(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8'],
    options,
  );
  const port = await freePort();
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`];
  const server = track(
    spawn(
      join(binaries, 'postgres'),
      ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
      options,
    ),
  );
  const ended = new Promise<void>((done) => server.once('exit', () => done()));
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await answering(url);
  return serverAt(url, server.pid!, async () => {
    server.kill('SIGINT'); // fast shutdown
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
}

/** On the path, or where Debian and the PGDG packages put them. */
function findBinaries(): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(debian, version, 'bin'))];
  folders.push(...(process.env.PATH ?? '').split(':'));
  return folders.find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

/** Postgres refuses to run as root: then as the user that its package made. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'));
  if (line === undefined) throw new Error('Postgres does not run as root, and there is no user "postgres"');
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await query(url, 'SELECT 1');
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(100);
    }
  }
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

// A Postgres server of one's own, to be killed: found where Debian, Homebrew or PATH have it, started on a
// free port with its data in a folder of the run. As root it runs as the user postgres, since it refuses root.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { access, chown, mkdir, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../../test/support/free-port.ts';
import { PartMissing } from './part-missing.ts';

const run = promisify(execFile);

export interface Postgres {
  readonly port: number;
  readonly url: string;
  /** kill -9 of the server and all of its backends at once. */
  kill(): Promise<void>;
  /** Starts it (again) and returns when it answers. */
  start(): Promise<void>;
  /** SIGSTOP of the server and all of its backends: connections stay, and nothing answers. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** A connection of the caller's own; throws while the server is down. */
  connect(): Promise<pg.Client>;
  /** A fast shutdown, as `pg_ctl stop -m fast`. */
  stop(): Promise<void>;
}

type Owner = { uid?: number; gid?: number };

/** The folder with `initdb` and `postgres`, the newest there is; null without one. */
export async function findPostgres(path: string): Promise<string | null> {
  const debian = '/usr/lib/postgresql';
  const versions = (await readdir(debian).catch(() => [])).sort((a, b) => Number(b) - Number(a));
  const homebrew = (await readdir('/opt/homebrew/opt').catch(() => [])).filter((name) =>
    name.startsWith('postgresql'),
  );
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...homebrew.map((name) => join('/opt/homebrew/opt', name, 'bin')),
    ...path.split(delimiter).filter((folder) => folder !== ''),
  ];
  for (const folder of folders) {
    const runnable = ['initdb', 'postgres'].map((name) => access(join(folder, name), constants.X_OK));
    if ((await Promise.allSettled(runnable)).every(({ status }) => status === 'fulfilled')) return folder;
  }
  return null;
}

/** Makes a server in `folder` and starts it, with `settings` as of postgresql.conf. Throws PartMissing without Postgres. */
export async function startPostgres(
  folder: string,
  path: string,
  settings: readonly string[] = [],
): Promise<Postgres> {
  const bin = await findPostgres(path);
  if (bin === null) {
    throw new PartMissing(
      'Postgres is not here: install it (Debian: apt-get install postgresql) and try again',
    );
  }
  const owner = await ownerOf();
  const data = join(folder, 'postgres');
  await mkdir(data, { recursive: true });
  if (owner.uid !== undefined && owner.gid !== undefined) await chown(data, owner.uid, owner.gid);
  const init = [
    '-D',
    join(data, 'data'),
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-sync',
  ];
  await run(join(bin, 'initdb'), init, { ...owner, cwd: '/' });
  const place = { data, port: await freePort(), log: join(folder, 'postgres.log') };
  const server = serverOf(bin, place, owner, [...usual, ...settings]);
  await server.start();
  return server;
}

const usual = ['listen_addresses=127.0.0.1', 'shared_buffers=64MB', 'max_wal_size=512MB'];

function serverOf(
  bin: string,
  { data, port, log: logPath }: { readonly data: string; readonly port: number; readonly log: string },
  owner: Owner,
  settings: readonly string[],
): Postgres {
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const args = ['-D', join(data, 'data'), '-p', String(port), '-k', data];
  for (const setting of settings) args.push('-c', setting);
  let child: ChildProcess | null = null;
  const connect = async () => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined); // killed under it: the query in hand rejects
    await client.connect();
    return client;
  };
  const kill = async (signal: 'SIGKILL' | 'SIGINT' = 'SIGKILL') => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child?.once('exit', done));
    const victims = signal === 'SIGKILL' ? await childrenOf(child.pid!) : [];
    for (const pid of [child.pid!, ...victims]) signalTo(pid, signal);
    await gone;
  };
  const signalAll = async (signal: 'SIGSTOP' | 'SIGCONT') => {
    if (child === null) return;
    for (const pid of [child.pid!, ...(await childrenOf(child.pid!))]) signalTo(pid, signal);
  };
  return {
    port,
    url,
    connect,
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    kill: () => kill(),
    stop: () => kill('SIGINT'),
    async start() {
      for (let tries = 0; tries < 150; tries += 1) {
        if (child === null || child.exitCode !== null || child.signalCode !== null) {
          const log = openSync(logPath, 'a');
          child = spawn(join(bin, 'postgres'), args, { ...owner, cwd: '/', stdio: ['ignore', log, log] });
        }
        await sleep(200);
        const client = await connect().catch(() => null);
        if (client !== null) return void (await client.end());
      }
      throw new Error(`Postgres does not come up: see ${logPath}`);
    },
  };
}

/** Backends lead process groups of their own, so that only their parent tells them. */
async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-e', '-o', 'pid=,ppid=']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child!);
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone already
  }
}

async function ownerOf(): Promise<Owner> {
  if (process.getuid?.() !== 0) return {};
  const id = async (flag: string) => Number((await run('id', [flag, 'postgres'])).stdout);
  return { uid: await id('-u'), gid: await id('-g') };
}

// Postgres's own tools, pg_dump and pg_restore, as processes: their versions, and their streams. Passwords go by the environment:
// arguments are seen by everybody on a machine.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { childEnvironment } from '../config.ts';
import { readPostgresAddress } from '../database/postgres-address.ts';
import { StartError } from '../start-error.ts';

type Tool = 'pg_dump' | 'pg_restore';
const run = promisify(execFile);

/** Throws StartError where it isn't installed. */
export async function majorOf(tool: Tool): Promise<number> {
  const told = await run(tool, ['--version'], { timeout: 10_000 }).catch((error: unknown) => {
    throw new StartError(
      `${tool} cannot be run: install Postgres's client programs (postgresql-client), of the server's version or newer`,
      { cause: error },
    );
  });
  const major = /(\d+)(\.\d+)*/.exec(told.stdout)?.[1];
  if (major === undefined)
    throw new StartError(`${tool} --version tells no version: ${told.stdout.slice(0, 100)}`);
  return Number(major);
}

/** One consistent snapshot in Postgres's custom form, compressed. It goes on being written to meanwhile. */
export async function* dump(address: string): AsyncIterable<Uint8Array> {
  const { schema } = readPostgresAddress(address);
  const what = schema === null ? [] : [`--schema=${schema}`];
  const child = start('pg_dump', address, ['--format=custom', '--no-owner', '--no-privileges', ...what]);
  const ended = endOf('pg_dump', child);
  ended.catch(() => undefined); // thrown below, once what it wrote is read
  yield* child.stdout as Readable;
  await ended;
}

/** All or nothing, into an empty database. */
export async function restore(address: string, content: Readable): Promise<void> {
  const args = ['--no-owner', '--no-privileges', '--exit-on-error', '--single-transaction'];
  const { schema } = readPostgresAddress(address);
  const where = schema === null ? [] : [`--schema=${schema}`]; // it is there; what is in it is restored
  const child = start('pg_restore', address, [...args, ...where]);
  const ended = endOf('pg_restore', child);
  const written = pipeline(content, child.stdin!).catch(() => undefined); // what went wrong is said by how it ended
  await Promise.all([ended, written]);
}

function start(tool: Tool, address: string, args: readonly string[]): ChildProcess {
  const url = new URL(readPostgresAddress(address).connectionString);
  const password = decodeURIComponent(url.password);
  url.password = '';
  const env = childEnvironment(password === '' ? {} : { PGPASSWORD: password });
  return spawn(tool, [...args, '--dbname', url.href], { env, stdio: ['pipe', 'pipe', 'pipe'] });
}

async function endOf(tool: Tool, child: ChildProcess): Promise<void> {
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2000);
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status !== 0) throw new StartError(`${tool} failed: ${said.trim() || `status ${status}`}`);
}

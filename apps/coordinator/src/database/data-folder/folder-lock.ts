// One coordinator a data folder: a lock file naming the process that holds it. The lock of a process
// that is gone is taken over. It guards the embedded database, which only one process may open.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { StartError } from '../../start-error.ts';

interface Holder {
  readonly pid: number;
  /** When that process started, where the system tells (Linux): a reused pid is another process. */
  readonly started: string | null;
}

/** Folders held by this very process: its own pid in a file is not stale then. */
const held = new Set<string>();

/** Locks the folder (made if missing) and returns the release. Throws StartError when it cannot. */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'coordinator.lock');
  makeFolder(folder);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (createLock(path)) {
      held.add(path);
      return () => {
        held.delete(path);
        rmSync(path, { force: true });
      };
    }
    const holder = readHolder(path);
    if (held.has(path) || (holder !== null && isAlive(holder))) {
      throw new StartError(
        `another coordinator (process ${holder?.pid ?? process.pid}) uses the data folder ${folder}: stop it, or choose another folder with --data or COLORA_DATA`,
      );
    }
    rmSync(path, { force: true });
  }
  throw new StartError(`cannot lock the data folder ${folder}: other coordinators are starting on it`);
}

/** The process that holds the folder now; null where none does. */
export function holderOf(folder: string): number | null {
  const path = join(folder, 'coordinator.lock');
  if (held.has(path)) return process.pid;
  const holder = readHolder(path);
  return holder !== null && isAlive(holder) ? holder.pid : null;
}

function makeFolder(folder: string): void {
  try {
    makeFolders(folder);
    const probe = join(folder, `.probe-${process.pid}`);
    closeSync(openSync(probe, 'w', 0o600));
    unlinkSync(probe);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new StartError(
      `the data folder ${folder} is not writable (${code}): make it writable for this user, or choose another with --data or COLORA_DATA`,
      { cause: error },
    );
  }
}

/** Like mkdir -p. Node's own turns for ever where a parent is there but knows no such child, as /proc does. */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  if (!existsSync(dirname(folder))) makeFolders(dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}

function createLock(path: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600);
    const holder: Holder = { pid: process.pid, started: startOf(process.pid) };
    writeSync(file, JSON.stringify(holder));
    closeSync(file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(path: string): Holder | null {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof holder.pid === 'number' ? { pid: holder.pid, started: holder.started ?? null } : null;
  } catch {
    return null; // half-written by a process that died there, or just released
  }
}

function isAlive(holder: Holder): boolean {
  if (holder.pid === process.pid) return false; // not in `held`: an earlier process had our pid
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return holder.started === null || holder.started === startOf(holder.pid);
}

/** Start time in ticks since boot with the boot's id; null where /proc is not there. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${ticks}`;
  } catch {
    return null;
  }
}

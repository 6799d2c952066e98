// One daemon for one group in one workspace: a lock file that names its holder. A lock whose holder is
// gone (killed, machine restarted, another container's process number) is taken over.
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ClientError } from './client-error.ts';
import { sleep } from './sleep.ts';

const holderSchema = z.object({
  token: z.string(),
  pid: z.int(),
  host: z.string(),
  /** Kernel start time of the process (Linux): tells a reused process number from the holder. */
  started: z.string().nullable(),
});
type Holder = z.infer<typeof holderSchema>;

export interface WorkspaceLock {
  release(): Promise<void>;
}

/** Tokens held by this very process: its own number in a lock file of an earlier life means nothing. */
const heldHere = new Set<string>();

/** Takes the lock of `folder` or throws ClientError 'workspace-locked' naming the holder. */
export async function lockWorkspace(folder: string): Promise<WorkspaceLock> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'lock');
  const mine: Holder = {
    token: randomUUID(),
    pid: process.pid,
    host: hostname(),
    started: await startTime(process.pid),
  };
  const draft = join(folder, `lock-${mine.token}`);
  await writeFile(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    heldHere.add(mine.token);
    await linkAsLock(draft, path, folder);
  } catch (error) {
    heldHere.delete(mine.token);
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return {
    async release() {
      if ((await readHolder(path))?.token === mine.token) await rm(path, { force: true });
      heldHere.delete(mine.token);
    },
  };
}

/** Waits its turn for a short critical section, then runs `work` alone. */
export async function inTurn<Result>(
  folder: string,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    try {
      const lock = await lockWorkspace(folder);
      try {
        return await work();
      } finally {
        await lock.release();
      }
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== 'workspace-locked') throw error;
      await sleep(0.1, signal);
    }
  }
}

async function linkAsLock(draft: string, path: string, folder: string): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    try {
      await link(draft, path); // fails if there is one: the atomic step
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await readHolder(path);
    if (holder !== null && (await isAlive(holder))) {
      throw new ClientError(
        'workspace-locked',
        `another daemon (process ${holder.pid} on ${holder.host}) is using ${folder}; stop it, or give this one its own workspace`,
      );
    }
    await removeStale(path, holder);
  }
  throw new ClientError(
    'workspace-locked',
    `cannot lock ${folder}: several daemons are starting there at once`,
  );
}

/** Moves the stale lock away. Should a newcomer have replaced it in the meantime, the newcomer's is put back. */
async function removeStale(path: string, stale: Holder | null): Promise<void> {
  const aside = `${path}-stale-${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = await readHolder(aside);
  if (moved !== null && moved.token !== stale?.token) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function readHolder(path: string): Promise<Holder | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  if (heldHere.has(holder.token)) return true;
  if (holder.host !== hostname()) return false; // a copied or re-mounted workspace: its daemon is not here
  if (holder.pid === process.pid) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return holder.started === null || holder.started === (await startTime(holder.pid));
}

/** Field 22 of /proc/<pid>/stat (clock ticks since boot), or null where there is no such file. */
async function startTime(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return afterName[19] ?? null;
}

// One daemon for one group in one workspace: a lock file that names its holder. A lock whose holder is
// gone (killed, machine restarted, another container's process number) is taken over.
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { withFile } from '@colora/protocol/failures/file-problem';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { renameOver } from '@colora/protocol/failures/rename-over';
import { z } from 'zod';
import { sleep } from '../abortable.ts';
import { ClientError } from '../client-error.ts';

const holderSchema = z.object({
  token: z.string(),
  pid: z.int(),
  host: z.string(),
  /** Kernel start time of the process (Linux): tells a reused process number from the holder. */
  started: z.string().nullable(),
  /** Let go. */
  free: z.boolean().default(false),
});
type Holder = z.infer<typeof holderSchema>;

export interface WorkspaceLock {
  /** `unused`: where nothing but the lock is in the folder, the folder goes too. */
  release(how?: { readonly unused: boolean }): Promise<void>;
}

const advice = 'a workspace is read and written: --workspace names its folder';

/** Tokens held by this very process: its own number in a lock file of an earlier life means nothing. */
const heldHere = new Set<string>();

/**
 * Takes the lock of `folder` or throws ClientError 'workspace-locked' naming the holder.
 * The lock is the numbered file with the highest number. Taking it is creating the next number, which the
 * file system lets one process do; letting go marks the file free and leaves it, so that numbers only rise
 * and nobody ever removes a lock that somebody may hold.
 */
export async function lockWorkspace(folder: string): Promise<WorkspaceLock> {
  const make = async () => makeFolder(folder, 0o700);
  await withFile('make the folder', folder, make, advice);
  const mine: Holder = {
    token: randomUUID(),
    pid: process.pid,
    host: hostname(),
    started: await startTime(process.pid),
    free: false,
  };
  heldHere.add(mine.token);
  try {
    const path = await withFile('write to', folder, () => takeNext(folder, mine), advice);
    return {
      async release({ unused } = { unused: false }) {
        if (unused) await removeUnused(folder, path);
        heldHere.delete(mine.token);
        await replace(path, folder, { ...mine, free: true }).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') throw error; // the workspace was removed: nothing is left to let go
        });
      },
    };
  } catch (error) {
    heldHere.delete(mine.token);
    throw error;
  }
}

/** By another name first, at once: whoever takes the lock meanwhile finds it held, or no folder, and none of its own is removed. */
async function removeUnused(folder: string, lock: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  if (names.length !== 1 || names[0] !== basename(lock)) return;
  const gone = `${folder}.writing-${randomUUID().slice(0, 8)}`;
  await rename(folder, gone)
    .then(() => rm(gone, { recursive: true }))
    .catch(() => undefined); // an empty folder more
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

async function takeNext(folder: string, mine: Holder): Promise<string> {
  const draft = join(folder, `draft-${mine.token}`);
  await writeFile(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    for (;;) {
      const highest = await highestNumber(folder);
      await refuseIfHeld(folder, highest);
      const path = lockPath(folder, highest + 1);
      if (!(await linked(draft, path))) continue; // somebody was quicker: look again
      // The number may have been free because it is long past: then a higher one is there.
      if ((await highestNumber(folder)) === highest + 1 && (await highestNumber(folder)) === highest + 1) {
        await removeBelow(folder, highest + 1);
        return path;
      }
      await rm(path, { force: true });
    }
  } finally {
    await rm(draft, { force: true });
  }
}

async function refuseIfHeld(folder: string, number: number): Promise<void> {
  const holder = number === 0 ? null : await readHolder(lockPath(folder, number));
  if (holder === null || holder.free || !(await isAlive(holder))) return;
  throw new ClientError(
    'workspace-locked',
    `another daemon (process ${holder.pid} on ${holder.host}) is using ${folder}; stop it, or give this one its own workspace`,
  );
}

/** False when there is such a file already. */
async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

const lockPath = (folder: string, number: number) => join(folder, `lock-${number}`);

/** Is it a folder in which daemons take turns? */
export function holdsLocks(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => /^(lock-\d+|draft-)/.test(name));
  } catch {
    return false; // no folder
  }
}

async function lockNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => /^lock-(\d+)$/.exec(name)?.[1] ?? []).map(Number);
}

async function highestNumber(folder: string): Promise<number> {
  return Math.max(0, ...(await lockNumbers(folder)));
}

async function removeBelow(folder: string, number: number): Promise<void> {
  for (const lower of await lockNumbers(folder)) {
    if (lower < number) await rm(lockPath(folder, lower), { force: true });
  }
}

async function replace(path: string, folder: string, holder: Holder): Promise<void> {
  const draft = join(folder, `draft-${holder.token}`);
  await writeFile(draft, JSON.stringify(holder), { mode: 0o600 });
  await renameOver(draft, path);
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

// Files that only their owner may read: the modes of what a process is about to make, and of what lies there from before.
// Which folders are private is their owners' affair. Windows keeps rights of another kind, inherited from the user's folder:
// nothing is done there.
import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const hasModes = process.platform !== 'win32';
const forOthers = 0o077;

/** What this process and those it starts make from now on, its user alone may read. For a program's first lines. */
export function keepFilesPrivate(): void {
  if (hasModes) process.umask(forOthers);
}

/**
 * Takes from others what rights they have on `path` and on all below it, links left alone. Returns the first path on which that
 * could not be done (another user's, or a disk without rights); null where all is private.
 */
export function makePrivate(path: string): string | null {
  const stat = hasModes ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
  if (stat === undefined || stat.isSymbolicLink()) return null;
  let open = takeFromOthers(path, stat.mode) ? null : path;
  if (!stat.isDirectory()) return open;
  for (const name of namesIn(path)) open = makePrivate(join(path, name)) ?? open;
  return open;
}

/**
 * The same for a folder of which only the entries that `isOurs` knows are the caller's: the folder itself too, where nothing
 * else lies in it. (`--data .` closes no one's home.)
 */
export function makeOursPrivate(folder: string, isOurs: (name: string) => boolean): string | null {
  const stat = hasModes ? lstatSync(folder, { throwIfNoEntry: false }) : undefined;
  if (stat === undefined) return null;
  const names = namesIn(folder);
  let open: string | null = null;
  if (names.every(isOurs) && !takeFromOthers(folder, stat.mode)) open = folder;
  for (const name of names.filter(isOurs)) open = makePrivate(join(folder, name)) ?? open;
  return open;
}

/** None of a folder that may not be read, or is gone by now. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** False where it could not be done. */
function takeFromOthers(path: string, mode: number): boolean {
  if ((mode & forOthers) === 0) return true;
  try {
    chmodSync(path, mode & 0o7777 & ~forOthers);
  } catch {} // what it came to is seen below
  const now = lstatSync(path, { throwIfNoEntry: false });
  return now === undefined || (now.mode & forOthers) === 0;
}

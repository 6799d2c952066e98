// Writing a file so that a crash leaves either the old bytes or the new ones, never a mixture:
// temporary file, fsync, rename, fsync of the folder. What is written is the callers' affair.
import { randomBytes } from 'node:crypto';
import { open, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { withFile } from '@colora/protocol/failures/file-problem';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { renameOver } from '@colora/protocol/failures/rename-over';

const marker = '.writing-';

/**
 * Replaces `path` by `bytes`; returns only when they are on the disk. `mode` holds from the first byte on. Throws
 * FileProblem, and leaves the old bytes.
 */
export async function writeAtomic(path: string, bytes: Uint8Array | string, mode = 0o600): Promise<void> {
  await withFile('write', path, () => replace(path, bytes, mode));
}

async function replace(path: string, bytes: Uint8Array | string, mode: number): Promise<void> {
  const folder = dirname(path);
  makeFolder(folder, 0o700);
  const temporary = join(folder, `${basename(path)}${marker}${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameOver(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** Removes what a crash left half-written in `folder`. Call it only while nobody else writes there. */
export async function removeHalfWritten(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.includes(marker)) await rm(join(folder, name), { force: true });
  }
}

/** A rename is durable when its folder is; systems that cannot open folders (Windows) are left to themselves. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  if (handle === null) return;
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}

// A workspace taken off this machine, for who leaves for good: keys, personal tensors, and all else that it put into its folder.
import { readdir, rm, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { withFile } from '@colora/protocol/failures/file-problem';
import { sentFolder } from '../sent/sent-folder.ts';
import { holdsLocks, lockWorkspace } from '../workspace/workspace-lock.ts';
import { isOwnEntry } from './own-entry.ts';

/** Its entries; none where there is no such folder. */
export async function workspaceEntries(workspace: string): Promise<string[]> {
  const names = await readdir(workspace).catch(() => []);
  const sent = basename(sentFolder(workspace));
  return names.filter((name) => name === sent || isOwnEntry(workspace, name));
}

/**
 * Other things in the folder stay, and it does with them. Throws ClientError 'workspace-locked', with nothing removed, while a daemon is
 * at work in it; FileProblem.
 */
export async function removeWorkspace(workspace: string): Promise<void> {
  const entries = (await workspaceEntries(workspace)).map((name) => join(workspace, name));
  const locks: Awaited<ReturnType<typeof lockWorkspace>>[] = [];
  try {
    for (const path of entries.filter(holdsLocks)) locks.push(await lockWorkspace(path));
    for (const path of entries)
      await withFile('remove', path, () => rm(path, { recursive: true, force: true }));
  } finally {
    for (const lock of locks) await lock.release();
  }
  await rmdir(workspace).catch(() => undefined); // other things are in it
}

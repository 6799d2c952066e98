// What is seen to before anybody works in a group's folder: that it is this group's, that others can't read the workspace, and
// that nothing half-written is left. Files are written as their owner's alone (atomic-file.ts); here those of an earlier version, or
// copied by hand, are mended.
import { makeOursPrivate } from '@colora/protocol/environment/private-files';
import type { Log } from '../client-log.ts';
import { isOwnEntry } from '../removal/own-entry.ts';
import { removeHalfWritten } from '../workspace/atomic-file.ts';
import { assertOwnFolder, type GroupPaths } from '../workspace/group-workspace.ts';
import { assertStays } from '../workspace/moving/moved-mark.ts';
import type { ClientOptions } from './client-options.ts';

/** Call it under the folder's lock. Throws 'workspace-mismatch' where it is another group's, and 'used-elsewhere' where the workspace was exported. */
export async function readyFolder(
  { workspace, useHere = false }: Pick<ClientOptions, 'workspace' | 'useHere'>,
  paths: GroupPaths,
  log: Log,
): Promise<void> {
  await assertStays(workspace, useHere);
  await assertOwnFolder(paths);
  closeToOthers(workspace, log);
  await removeHalfWritten(paths.folder);
}

/** What can't be closed (another user's file, a disk without rights) is warned of. */
function closeToOthers(workspace: string, log: Log): void {
  const open = makeOursPrivate(workspace, (name) => isOwnEntry(workspace, name));
  if (open !== null)
    log(
      'warn',
      `others on this machine may read ${open}, a part of the workspace: chmod -R go-rwx ${workspace} closes it`,
    );
}

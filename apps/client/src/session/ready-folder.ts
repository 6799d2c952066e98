// What is seen to before anybody works in a group's folder: that it is this group's, that others can't read the workspace, and
// that nothing half-written is left. Files are written as their owner's alone (atomic-file.ts); here those of an earlier version, or
// copied by hand, are mended.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeOursPrivate } from '@colora/protocol/environment/private-files';
import type { Log } from '../client-log.ts';
import { removeHalfWritten } from '../workspace/atomic-file.ts';
import { assertOwnFolder, type GroupPaths } from '../workspace/group-workspace.ts';
import { holdsLocks } from '../workspace/workspace-lock.ts';

const ownFiles = /^(key|key-to-be)\.json(\.writing-[0-9a-f]+)?$/;

/** Call it under the folder's lock. Throws 'workspace-mismatch' where it is another group's. */
export async function readyFolder(workspace: string, paths: GroupPaths, log: Log): Promise<void> {
  await assertOwnFolder(paths);
  closeToOthers(workspace, log);
  await removeHalfWritten(paths.folder);
}

/** What can't be closed (another user's file, a disk without rights) is warned of. */
function closeToOthers(workspace: string, log: Log): void {
  const isOurs = (name: string) =>
    ownFiles.test(name) ||
    existsSync(join(workspace, name, 'group.json')) ||
    holdsLocks(join(workspace, name));
  const open = makeOursPrivate(workspace, isOurs);
  if (open !== null)
    log(
      'warn',
      `others on this machine may read ${open}, a part of the workspace: chmod -R go-rwx ${workspace} closes it`,
    );
}

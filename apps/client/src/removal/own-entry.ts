// Which entries of a folder a workspace put there: a workspace may lie in a folder that holds other things too.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { holdsLocks } from '../workspace/workspace-lock.ts';

const ownFiles = /^(key|key-to-be|moved)\.json(\.writing-[0-9a-f]+)?$/;

/** Keys, groups' folders and those in which daemons take turns; the list of what left is open-sent-list.ts's. */
export function isOwnEntry(workspace: string, name: string): boolean {
  return (
    ownFiles.test(name) ||
    existsSync(join(workspace, name, 'group.json')) ||
    holdsLocks(join(workspace, name))
  );
}

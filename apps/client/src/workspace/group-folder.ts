// What the folder of a group is called in a workspace: as the group, but for names that a coordinator of an earlier version (or a
// hostile one) let through and that are something else there: a file of the workspace, a device of Windows. What lies in the folder
// is group-workspace.ts.
import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isReservedName } from '@colora/protocol/bounds/names';

/** No group's name begins so. */
const mark = '_';

/**
 * A reserved name gets a mark on either side, so that no two groups share a folder. A folder that was made under the bare
 * name is kept; Windows had made none, or another group's.
 */
export function groupFolder(workspace: string, group: string): string {
  const bare = join(workspace, group);
  if (!isReservedName(group)) return bare;
  const isThere = () => statSync(bare, { throwIfNoEntry: false })?.isDirectory() === true;
  return process.platform !== 'win32' && isThere() ? bare : join(workspace, `${mark}${group}${mark}`);
}

/** Groups whose folders may lie in the workspace, by name: that they are some is for who opens them to find. */
export async function groupFolders(workspace: string): Promise<string[]> {
  const entries = await readdir(workspace, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [groupOfFolder(entry.name)] : [])).sort();
}

/** The group of a folder that groupFolder named. */
export function groupOfFolder(name: string): string {
  const inner = name.slice(1, -1);
  return name === `${mark}${inner}${mark}` && isReservedName(inner) ? inner : name;
}

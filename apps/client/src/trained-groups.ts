// Which groups a workspace joined or has learnt something in, and whether that has changed since: for who answers with it while a
// daemon goes on. What was learnt is trained.ts.
import { stat } from 'node:fs/promises';
import { groupFolders } from './workspace/group-folder.ts';
import { groupPaths, readGroup } from './workspace/group-workspace.ts';

/** Those with a checkpoint, by name; none where there is no workspace. What is damaged is left out. */
export async function trainedGroups(workspace: string): Promise<string[]> {
  const names = await groupFolders(workspace).catch(() => []);
  const known = await Promise.all(
    names.map((name) => readGroup(groupPaths(workspace, name)).catch(() => null)),
  );
  return names.filter((_, index) => known[index]?.checkpoint != null);
}

/** Those that it joined, by name, whether what it knows of them can be read or not; none where there is no workspace. */
export async function joinedGroups(workspace: string): Promise<string[]> {
  const names = await groupFolders(workspace).catch(() => []);
  const stamps = await Promise.all(names.map((name) => stampOf(groupPaths(workspace, name).groupFile)));
  return names.filter((_, index) => stamps[index] !== '-');
}

/** Has it ever joined the group, so that its owner was shown what is asked and agreed? */
export async function hasAgreed(workspace: string, group: string): Promise<boolean> {
  const { consent } = groupPaths(workspace, group);
  return (await stat(consent).catch(() => null)) !== null;
}

/** Another text as soon as anything that readTrained reads is replaced. */
export async function trainedStamp(workspace: string, group: string): Promise<string> {
  const { groupFile, personal, alone, guard } = groupPaths(workspace, group);
  return (await Promise.all([groupFile, personal, alone, guard].map(stampOf))).join();
}

/** Every file is replaced whole: a changed one is another one. */
async function stampOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => null);
  return found === null ? '-' : `${found.ino}/${found.mtimeNs}/${found.size}`;
}

// What a workspace is like, for `colora doctor member`: whose it is, what of its groups can be read, what waits to be sent, and whether
// others on the machine may read it. Nothing in it is changed; a daemon may be running meanwhile.
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, fault, faultOf, ok, warning } from '@colora/protocol/doctor/finding';
import { groupFolders } from './workspace/group-folder.ts';
import { groupPaths, readGroup } from './workspace/group-workspace.ts';
import { keptIdentity } from './workspace/identity.ts';
import { readPersonal } from './workspace/personal-store.ts';

export async function checkWorkspace(workspace: string): Promise<Finding[]> {
  const folder = await lstat(workspace).catch(() => null);
  if (folder === null) return [ok('workspace', `${workspace} isn't there yet: colora join makes it`)];
  const groups = await groupFolders(workspace);
  const findings = await Promise.all([
    privacyOf(workspace, folder.mode),
    identityOf(workspace),
    ...groups.map((name) => checkGroup(workspace, name)),
  ]);
  return findings.flat();
}

function privacyOf(workspace: string, mode: number): Finding {
  if (process.platform === 'win32' || (mode & 0o077) === 0)
    return ok('workspace', `${workspace} is its owner’s alone`);
  return fault('workspace', `others on this machine may read ${workspace}`, `chmod -R go-rwx ${workspace}`);
}

async function identityOf(workspace: string): Promise<Finding> {
  try {
    const identity = await keptIdentity(workspace);
    if (identity === null) return ok('key', 'none yet: colora join makes one');
    return ok('key', `${identity.participant ?? 'a participant'} at ${identity.url}`);
  } catch (error) {
    return faultOf('key', error);
  }
}

/** None of a folder that is no group's. */
async function checkGroup(workspace: string, name: string): Promise<Finding[]> {
  const paths = groupPaths(workspace, name);
  const what = `group ${name}`;
  try {
    const group = await readGroup(paths);
    if (group === null) return [];
    const personal = await readPersonal(paths.personal);
    const waiting = (await readdir(paths.outbox).catch(() => [])).length;
    const at = group.checkpoint === null ? 'no checkpoint yet' : `checkpoint ${group.checkpoint.version}`;
    const trained = personal?.mark.trained;
    const says = `${at}, ${trained == null ? 'no round trained yet' : `round ${trained.round} trained`}`;
    if (waiting === 0) return [ok(what, says)];
    const mend = `run colora join ${name === '' ? '' : `--group ${name} `}--workspace ${join(workspace)}: it sends what is finished first`;
    return [warning(what, `${says}; a contribution waits to be sent`, mend)];
  } catch (error) {
    return [faultOf(what, error)];
  }
}

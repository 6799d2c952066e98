// A workspace as one file under a passphrase, to go on with it on another machine or to keep it. What daemons take turns by, what they
// are at, and keys of masked rounds stay: those keys serve once, and a workspace that comes without makes new ones.
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { withFile } from '@colora/protocol/failures/file-problem';
import { renameOver } from '@colora/protocol/failures/rename-over';
import { ClientError } from '../../client-error.ts';
import { groupOfFolder } from '../group-folder.ts';
import { keptIdentity } from '../identity.ts';
import { holdsLocks, lockWorkspace, type WorkspaceLock } from '../workspace-lock.ts';
import { type ArchivedFile, archived, isPlainPath } from './archive.ts';
import { markMoved, movedFile } from './moved-mark.ts';
import { sealed } from './sealed-stream.ts';

export interface Exporting {
  readonly workspace: string;
  /** Where there is none yet. */
  readonly target: string;
  readonly passphrase: string;
  /** It goes on here: the file is a copy to be kept. */
  readonly keep: boolean;
}

export interface Exported {
  readonly participant: string | null;
  readonly groups: readonly string[];
  readonly files: number;
  /** Of the files in it. */
  readonly bytes: number;
}

/** Throws ClientError 'not-joined', 'workspace-locked' (a daemon is at work), 'workspace-damaged' (a link in it), and FileProblem. */
export async function exportWorkspace({ workspace, target, passphrase, keep }: Exporting): Promise<Exported> {
  const identity = await keptIdentity(workspace);
  if (identity === null)
    throw new ClientError(
      'not-joined',
      `the workspace ${workspace} has joined nothing: there is nothing to export`,
    );
  if ((await lstat(target).catch(() => null)) !== null)
    throw new ClientError('bad-file', `${target} is there already: name a new file`);
  const locked = (await readdir(workspace, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && holdsLocks(join(workspace, entry.name)))
    .map(({ name }) => name);
  const locks: WorkspaceLock[] = [];
  const draft = `${target}.writing-${randomBytes(6).toString('hex')}`;
  try {
    for (const name of locked) locks.push(await lockWorkspace(join(workspace, name)));
    const files = await filesBelow(workspace, []);
    await withFile('write', target, async () => {
      const out = createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true });
      await pipeline(sealed(archived(workspace, files), passphrase), out);
      await renameOver(draft, target);
    });
    if (!keep) await markMoved(workspace);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const groups = files.flatMap(({ path }) => (path[1] === 'group.json' ? [groupOfFolder(path[0]!)] : []));
    return { participant: identity.participant, groups, files: files.length, bytes };
  } finally {
    await rm(draft, { force: true });
    for (const lock of locks.reverse()) await lock.release();
  }
}

/** Names that stay, wherever they are. */
const staying =
  /^(lock-\d+|draft-.*|.*\.writing-[0-9a-f]+|work\.json|masking\.json|masked-vector|\.enrolling)$/;

async function filesBelow(workspace: string, below: readonly string[]): Promise<ArchivedFile[]> {
  const files: ArchivedFile[] = [];
  const folder = join(workspace, ...below);
  for (const name of (await withFile('read the folder', folder, () => readdir(folder))).sort()) {
    if (staying.test(name) || (below.length === 0 && name === movedFile)) continue;
    const path = [...below, name];
    const found = await lstat(join(workspace, ...path));
    if (found.isDirectory()) files.push(...(await filesBelow(workspace, path)));
    else if (found.isFile() && isPlainPath(path)) files.push({ path, bytes: found.size });
    else
      throw new ClientError(
        'workspace-damaged',
        `${join(workspace, ...path)} is no plain file of a workspace: move it away, and export again`,
      );
  }
  return files;
}

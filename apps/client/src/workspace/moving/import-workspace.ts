// A workspace out of the file that export-workspace.ts wrote: laid beside its place first, and there all at once when the file was found whole.
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileProblem, withFile } from '@colora/protocol/failures/file-problem';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { ClientError } from '../../client-error.ts';
import { syncFolder } from '../atomic-file.ts';
import { groupOfFolder } from '../group-folder.ts';
import { type Identity, keptIdentity } from '../identity.ts';
import { unarchive } from './archive.ts';
import { unsealed } from './sealed-stream.ts';

export interface Importing {
  readonly source: string;
  /** Where nothing is yet. */
  readonly workspace: string;
  readonly passphrase: string;
}

export interface Imported {
  readonly identity: Identity;
  /** Folders of groups, by the groups' names. */
  readonly groups: readonly string[];
  readonly files: number;
}

/** Throws ClientError 'workspace-mismatch' where something lies there, 'bad-file' for a file or passphrase that won't do, and FileProblem. */
export async function importWorkspace({ source, workspace, passphrase }: Importing): Promise<Imported> {
  const place = resolve(workspace);
  await assertEmpty(place);
  const draft = `${place}.importing-${randomBytes(6).toString('hex')}`;
  try {
    await withFile('make the folder', draft, async () => {
      makeFolder(dirname(draft));
      await mkdir(draft, { mode: 0o700 });
    });
    const files = await unarchive(unsealed(bytesOf(source), passphrase), draft);
    const identity = await keptIdentity(draft);
    if (identity === null) throw new ClientError('bad-file', `${source} holds no key: nothing was imported`);
    const entries = await readdir(draft, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
    await withFile('write', place, async () => {
      await rmdir(place).catch(() => undefined); // an empty one
      await rename(draft, place);
    });
    await syncFolder(dirname(place));
    return { identity, groups: folders.map(({ name }) => groupOfFolder(name)), files };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function* bytesOf(source: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(source) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw fileProblem(error, 'read', source);
  }
}

async function assertEmpty(workspace: string): Promise<void> {
  const names = await readdir(workspace).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw fileProblem(error, 'read the folder', workspace);
  });
  if (names.length > 0)
    throw new ClientError(
      'workspace-mismatch',
      `${workspace} holds something already, and nothing of it is replaced: name another folder with --workspace`,
    );
}

// The layout of Hugging Face's cache, as huggingface_hub (Python) and @huggingface/hub write it, so that each finds
// what the others downloaded: models--owner--name/{refs/<revision>, blobs/<etag>, snapshots/<commit>/<file>}.
import { copyFile, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import type { HubName } from './base-model-name.ts';

export interface RepoCache {
  readonly blobs: string;
  /** The commit that a branch or tag was last seen at; a commit is itself. */
  commitOf(revision: string): Promise<string | undefined>;
  rememberCommit(revision: string, commit: string): Promise<void>;
  snapshot(commit: string): string;
}

const commitPattern = /^[0-9a-f]{40}$/;

export function repoCache(cacheFolder: string, { id }: HubName): RepoCache {
  const root = join(cacheFolder, `models--${id.replaceAll('/', '--')}`);
  const ref = (revision: string) => join(root, 'refs', revision);
  const commitOf = async (revision: string) => {
    if (commitPattern.test(revision)) return revision;
    const commit = (await readFile(ref(revision), 'utf8').catch(() => '')).trim();
    return commitPattern.test(commit) ? commit : undefined;
  };
  return {
    blobs: join(root, 'blobs'),
    commitOf,
    async rememberCommit(revision, commit) {
      if ((await commitOf(revision)) === commit) return; // nothing to write: the cache may be one that can't be
      makeFolder(dirname(ref(revision)));
      await writeFile(ref(revision), commit);
    },
    snapshot: (commit) => join(root, 'snapshots', commit),
  };
}

/** Puts a blob into a snapshot under its file's name: a link, or a copy where links are not allowed (Windows). */
export async function placeInSnapshot(blob: string, path: string): Promise<void> {
  makeFolder(dirname(path));
  try {
    await symlink(relative(dirname(path), blob), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    await copyFile(blob, path);
  }
}

/** Bytes of a file (links followed); undefined where there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

/** The snapshot's files by name, those whose blob is gone left out. */
export async function snapshotFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map((name) => sizeOf(join(folder, name))));
  return names.filter((_, i) => sizes[i] !== undefined);
}

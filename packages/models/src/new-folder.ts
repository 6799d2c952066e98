// The folder that a model is written to: new, and on a disk that has room for it.
import { readdir, statfs } from 'node:fs/promises';
import { ModelError } from './model-error.ts';

/** Throws ModelError 'folder-not-empty' where something is there; a folder that is not there is empty. */
export async function assertEmpty(target: string): Promise<void> {
  const present = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  if (present.length === 0) return;
  throw new ModelError('folder-not-empty', `${target} is not empty; a model is written to a new folder`);
}

/** Throws ModelError 'disk-full' where the folder, which must be there, has not so many bytes left. */
export async function assertRoom(target: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(target);
  if (bytes <= bavail * bsize) return;
  const gigabytes = (count: number) => `${(count / 1e9).toFixed(2)} GB`;
  throw new ModelError(
    'disk-full',
    `the model takes ${gigabytes(bytes)}, and the disk of ${target} has ${gigabytes(bavail * bsize)} left`,
  );
}

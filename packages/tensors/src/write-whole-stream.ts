// A file written piece by piece that appears whole or not at all: beside its place under a name of its own, then renamed.
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';

export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

/**
 * `work` writes one piece after the other. Throws what it throws, and the file system's error (a full disk: ENOSPC); then
 * nothing is left at `path` but what was there before.
 */
export async function writeWholeStream(
  path: string,
  work: (write: WriteBytes) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.part`; // several may write the same file at a time; the last one wins
  const file = await open(temporary, 'w');
  try {
    try {
      await work((bytes) => writeFully(file, bytes));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

const writeLimit = 2 ** 30; // one write call takes less than 2^31 bytes

async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    const length = Math.min(bytes.byteLength - written, writeLimit);
    written += (await file.write(bytes, written, length)).bytesWritten;
  }
}

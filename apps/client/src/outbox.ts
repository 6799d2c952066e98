// Finished contributions that wait for their acknowledgement, as files named by their sha256. A file
// counts only when the resume mark names it; the others are leftovers of a crash.
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomic } from './atomic-file.ts';

const fileOf = (folder: string, sha256: string) => join(folder, `${sha256}.safetensors`);

export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Keeps the bytes (durable when it returns) and names them. */
export async function putOutbox(folder: string, bytes: Uint8Array): Promise<string> {
  const sha256 = sha256Hex(bytes);
  await writeAtomic(fileOf(folder, sha256), bytes);
  return sha256;
}

/** The bytes, or null when they are gone (acknowledged or dropped) or not what their name says. */
export async function readOutbox(folder: string, sha256: string): Promise<Uint8Array | null> {
  try {
    const bytes = await readFile(fileOf(folder, sha256));
    return sha256Hex(bytes) === sha256 ? bytes : null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Empties the outbox but for the contribution named `keep`. */
export async function clearOutbox(folder: string, keep: string | null): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (keep === null || join(folder, name) !== fileOf(folder, keep))
      await rm(join(folder, name), { force: true });
  }
}

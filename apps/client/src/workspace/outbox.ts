// Finished contributions that wait for their acknowledgement, as files named by their sha256. A file
// counts only when the resume mark names it; the others are leftovers of a crash.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileProblem } from '@colora/protocol/failures/file-problem';
import { sha256Hex } from '@colora/protocol/sha256';
import type { Log } from '../client-log.ts';
import { writeAtomic } from './atomic-file.ts';

const fileOf = (folder: string, sha256: string) => join(folder, `${sha256}.safetensors`);

export interface Waiting {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Keeps the bytes (durable when it returns) and names them. */
export async function putOutbox(folder: string, bytes: Uint8Array): Promise<string> {
  const sha256 = sha256Hex(bytes);
  await writeAtomic(fileOf(folder, sha256), bytes);
  return sha256;
}

/** The contribution, or null when it is gone: acknowledged, dropped, or (said then) damaged on the disk. */
export async function findInOutbox(folder: string, sha256: string, log: Log): Promise<Waiting | null> {
  const path = fileOf(folder, sha256);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
      hash.update(chunk);
      bytes += chunk.byteLength;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileProblem(error, 'read', path);
  }
  if (hash.digest('hex') === sha256) return { path, bytes, sha256 };
  log('warn', `${path} was damaged on the disk: this contribution is dropped, the personal part is kept`);
  await rm(path, { force: true });
  return null;
}

/** Empties the outbox but for the contribution named `keep`. */
export async function clearOutbox(folder: string, keep: string | null): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (keep === null || join(folder, name) !== fileOf(folder, keep))
      await rm(join(folder, name), { force: true });
  }
}

// The file of a backup: a title, a line that says what it holds, the database's own form of itself, and at the end the sha256 of
// all before. Streams only: no size of it is held in memory. How a database is taken in and out is folder-stream.ts's and
// postgres-tools.ts's.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { StartError } from '../start-error.ts';

const title = 'colora-backup 1\n';
const hashLength = 64;
const mostHeaderBytes = 64 * 1024;

const headerSchema = z.object({
  kind: z.enum(['postgres', 'pglite']),
  /** When it was begun: what was committed before is in it. */
  at: z.iso.datetime(),
  /** Of the version that made it: its migrations, all of which it holds. */
  migrations: z.array(z.string().max(200)).max(10_000),
  /** The major version of pg_dump; null of the embedded database. */
  tools: z.int().nullable(),
});
export type BackupHeader = z.infer<typeof headerSchema>;

/**
 * Writes a new file that its owner alone may read; it is there whole or not at all. Throws StartError where one lies there
 * already, and what `content` throws. Returns how many bytes it has.
 */
export async function writeBackup(
  path: string,
  header: BackupHeader,
  content: AsyncIterable<Uint8Array>,
): Promise<number> {
  if ((await lstat(path).catch(() => null)) !== null)
    throw new StartError(`the backup ${path}: a file of that name is there already: name another`);
  const part = `${path}.part-${process.pid}`;
  const file = await open(part, 'wx', 0o600).catch((error: unknown) => {
    throw unwritable(path, error);
  });
  let bytes = 0;
  try {
    const hash = createHash('sha256');
    const write = async (chunk: Uint8Array) => {
      await file.writeFile(chunk); // where the last one ended
      bytes += chunk.length;
    };
    const begin = Buffer.from(`${title}${JSON.stringify(header)}\n`);
    hash.update(begin);
    await write(begin);
    for await (const chunk of content) {
      hash.update(chunk);
      await write(chunk);
    }
    await write(Buffer.from(hash.digest('hex')));
    await file.sync();
    await file.close();
    await rename(part, path);
  } finally {
    await file.close().catch(() => undefined); // it is closed where all went well
    await rm(part, { force: true });
  }
  return bytes;
}

function unwritable(path: string, error: unknown): StartError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new StartError(`the backup ${path} can't be written (${code})`, { cause: error });
}

export interface OpenedBackup {
  readonly header: BackupHeader;
  /** The database's own form, from its beginning. */
  content(): Readable;
}

/** Reads the file once to the end: throws StartError where it is none, was cut off, or changed by a single bit. */
export async function openBackup(path: string): Promise<OpenedBackup> {
  const file = await open(path, 'r').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new StartError(`the backup ${path} cannot be read (${code})`, { cause: error });
  });
  try {
    const { size } = await file.stat();
    const begin = Buffer.alloc(Math.min(size, title.length + mostHeaderBytes));
    await file.read(begin, 0, begin.length, 0);
    const line = begin.indexOf('\n', title.length);
    if (begin.subarray(0, title.length).toString('latin1') !== title || line < 0)
      throw new StartError(`${path} is no backup that colora backup made`);
    const end = size - hashLength;
    const told = Buffer.alloc(hashLength);
    await file.read(told, 0, hashLength, end);
    const hash = createHash('sha256');
    if (end > line) for await (const chunk of createReadStream(path, { end: end - 1 })) hash.update(chunk);
    if (hash.digest('hex') !== told.toString('latin1'))
      throw new StartError(
        `the backup ${path} is damaged or was cut off: its sha256 isn't that of its end; use another one`,
      );
    const header = headerSchema.safeParse(JSON.parse(begin.subarray(title.length, line).toString()));
    if (!header.success)
      throw new StartError(`the backup ${path} was made by a newer version: update this one`);
    return {
      header: header.data,
      content: () => createReadStream(path, { start: line + 1, end: end - 1 }),
    };
  } finally {
    await file.close();
  }
}

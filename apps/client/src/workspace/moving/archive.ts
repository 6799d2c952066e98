// Files as one stream: each a head (4 bytes of its length, big-endian, then JSON) and its bytes; a length of 0 ends it. Names are the parts of
// a path below one folder, held to what is a plain file's name on every system: an archive can name nothing beside that folder.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseJson } from '@colora/protocol/api-client';
import { withFile } from '@colora/protocol/failures/file-problem';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { z } from 'zod';
import { ClientError } from '../../client-error.ts';

const mostHeadBytes = 8192;
const mostFiles = 100_000;
const mostFileBytes = 2 ** 40;

const part = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\p{Cc}/\\:*?"<>|]+$/u)
  .refine((name) => !/[. ]$/.test(name));
const headSchema = z.strictObject({
  path: z.array(part).min(1).max(8),
  bytes: z.int().min(0).max(mostFileBytes),
});
export type ArchivedFile = z.infer<typeof headSchema>;

/** Can the parts of a path stand in an archive? */
export const isPlainPath = (path: readonly string[]) => headSchema.shape.path.safeParse(path).success;

/** `files` lie in `folder`. Throws FileProblem, and ClientError 'workspace-locked' where one changes meanwhile. */
export async function* archived(folder: string, files: readonly ArchivedFile[]): AsyncGenerator<Uint8Array> {
  for (const file of files) {
    const head = Buffer.from(JSON.stringify(file));
    yield lengthOf(head.length);
    yield head;
    if (file.bytes === 0) continue;
    const path = join(folder, ...file.path);
    let read = 0;
    for await (const chunk of createReadStream(path, { end: file.bytes - 1 }) as AsyncIterable<Uint8Array>) {
      read += chunk.length;
      yield chunk;
    }
    if (read !== file.bytes)
      throw new ClientError(
        'workspace-locked',
        `${path} was changed meanwhile: stop what writes it, and export again`,
      );
  }
  yield lengthOf(0);
}

/** Writes its files into `folder`, a new one. Returns their number. Throws ClientError 'bad-file' for what is no archive, and FileProblem. */
export async function unarchive(bytes: AsyncIterable<Uint8Array>, folder: string): Promise<number> {
  const reader = readerOf(bytes);
  for (let count = 0; ; count += 1) {
    const length = (await reader.exactly(4)).readUInt32BE();
    if (length === 0) {
      await reader.end();
      return count;
    }
    if (length > mostHeadBytes || count >= mostFiles) throw damaged();
    const head = headSchema.safeParse(parseJson((await reader.exactly(length)).toString()));
    if (!head.success) throw damaged();
    const path = join(folder, ...head.data.path);
    await withFile('write', path, () => writeNew(path, reader.some(head.data.bytes)));
  }
}

async function writeNew(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  makeFolder(dirname(path), 0o700);
  const file = await open(path, 'wx', 0o600); // twice the same name is an error
  try {
    for await (const chunk of bytes) await file.writeFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

const damaged = () => new ClientError('bad-file', 'what it holds is no workspace: nothing was imported');

function readerOf(bytes: AsyncIterable<Uint8Array>) {
  const source = bytes[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  const more = async () => {
    const { value, done } = await source.next();
    if (done) return false;
    rest = value;
    return true;
  };
  async function* some(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0; ) {
      if (rest.length === 0 && !(await more())) throw damaged();
      const taken = rest.subarray(0, left);
      rest = rest.subarray(taken.length);
      left -= taken.length;
      if (taken.length > 0) yield taken;
    }
  }
  return {
    some,
    async exactly(count: number): Promise<Buffer> {
      const parts: Uint8Array[] = [];
      for await (const taken of some(count)) parts.push(taken);
      return Buffer.concat(parts);
    },
    /** Nothing may follow, and whoever gives the bytes has said that they were all. */
    async end(): Promise<void> {
      if (rest.length > 0) throw damaged();
      while (await more()) if (rest.length > 0) throw damaged();
    },
  };
}

// A folder with all that is in it as one stream, and back: a line of JSON for each entry, a file's followed by its bytes; the whole
// gzipped. The embedded database is such a folder.
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { type Duplex, pipeline, Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { z } from 'zod';
import { StartError } from '../start-error.ts';

const entrySchema = z.union([
  z.strictObject({ folder: z.string().max(1000) }),
  z.strictObject({ file: z.string().max(1000), bytes: z.int().min(0) }),
  z.strictObject({ end: z.literal(true) }),
]);
type Entry = z.infer<typeof entrySchema>;

const mostLineBytes = 8 * 1024;

/** Of a folder in which nothing changes meanwhile. */
export function packFolder(folder: string): Readable {
  const entries = async function* () {
    const line = (entry: Entry) => Buffer.from(`${JSON.stringify(entry)}\n`);
    const all = await readdir(folder, { recursive: true, withFileTypes: true });
    const pathOf = (entry: (typeof all)[number]) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .split(sep)
        .join('/');
    for (const entry of all.filter((one) => one.isDirectory())) yield line({ folder: pathOf(entry) });
    for (const entry of all.filter((one) => one.isFile())) {
      const path = join(entry.parentPath, entry.name);
      const { size } = await stat(path);
      yield line({ file: pathOf(entry), bytes: size });
      if (size > 0) yield* createReadStream(path, { end: size - 1 });
    }
    yield line({ end: true });
  };
  return through(Readable.from(entries(), { objectMode: false }), createGzip({ level: 1 }));
}

/** What goes wrong with `from` is thrown by whoever reads. */
function through(from: Readable, by: Duplex): Duplex {
  pipeline(from, by, () => undefined);
  return by;
}

/** Makes `folder`, which isn't there yet. Throws StartError where the stream ends early or names a place outside of it. */
export async function unpackFolder(packed: Readable, folder: string): Promise<void> {
  const from = createReader(through(packed, createGunzip()));
  await mkdir(folder, { mode: 0o700 });
  for (;;) {
    const entry = entrySchema.parse(JSON.parse(await from.line()));
    if ('end' in entry) return;
    if ('folder' in entry) {
      makeFolder(placeIn(folder, entry.folder), 0o700);
      continue;
    }
    const file = await open(placeIn(folder, entry.file), 'wx', 0o600);
    try {
      for await (const chunk of from.bytes(entry.bytes)) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

function placeIn(folder: string, path: string): string {
  const isInside = path
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes(sep));
  if (!isInside)
    throw new StartError(`the backup names the file ${JSON.stringify(path)}, which is none of a database`);
  return join(folder, ...path.split('/'));
}

/** Lines and numbers of bytes off one stream, by turns. */
function createReader(stream: Readable) {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  const more = async (): Promise<Buffer> => {
    const { value, done } = await chunks.next();
    if (done) throw new StartError('the backup ends early');
    return value;
  };
  return {
    async line(): Promise<string> {
      for (;;) {
        const end = rest.indexOf('\n');
        if (end >= 0) {
          const text = rest.subarray(0, end).toString();
          rest = rest.subarray(end + 1);
          return text;
        }
        if (rest.length > mostLineBytes) throw new StartError('the backup is none of a database');
        rest = Buffer.concat([rest, await more()]);
      }
    },
    async *bytes(count: number): AsyncIterable<Buffer> {
      for (let left = count; left > 0; ) {
        if (rest.length === 0) rest = await more();
        const part = rest.subarray(0, left);
        rest = rest.subarray(part.length);
        left -= part.length;
        yield part;
      }
    },
  };
}

// What is kept of frozen prefixes beyond the memory for it: a file for each prefix, which loses its name as soon as it is open,
// so that a process leaves nothing behind however it ends, and that no other user may read: rows come from a member's examples.
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, statfsSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '@colora/protocol/failures/make-folder';

/** One example's slice of every tensor at the frontier between the frozen prefix and the rest. */
export type PrefixRows = readonly Float32Array[];

export const bytesOfRows = (rows: PrefixRows): number =>
  rows.reduce((sum, { byteLength }) => sum + byteLength, 0);

export interface PrefixFiles {
  get(graph: string, example: string): PrefixRows | undefined;
  /** Keeps the rows where there is room; without an error where there is none, or the disk fails. */
  put(graph: string, example: string, rows: PrefixRows): void;
  /** Of all rows. */
  readonly bytes: number;
  close(): void;
}

export interface PrefixFilesOptions {
  /** Made where it isn't there. */
  readonly folder: string;
  /** Bytes of all rows together. */
  readonly limit?: number;
  /** Bytes of the disk that are left free. */
  readonly spared?: number;
  /** A prefix whose rows nobody asked for or added to in so long makes room for others'. */
  readonly idleMs?: number;
}

interface PrefixFile {
  readonly descriptor: number;
  /** Numbers of each tensor of an example: equal for all, as a prefix has one shape. */
  readonly lengths: readonly number[];
  /** Of an example. */
  readonly size: number;
  readonly places: Map<string, number>;
  used: number;
}

export function createPrefixFiles(options: PrefixFilesOptions): PrefixFiles {
  const { folder, limit = 4 * 2 ** 30, spared = 2 ** 30, idleMs = 3_600_000 } = options;
  const files = new Map<string, PrefixFile>();
  let bytes = 0;
  let isBroken = false;

  const drop = (graph: string, { descriptor, size, places }: PrefixFile) => {
    files.delete(graph);
    bytes -= size * places.size;
    closeSync(descriptor);
  };
  const fail = (graph: string) => {
    isBroken = true; // what it has goes on being read, but that one's
    const file = files.get(graph);
    if (file !== undefined) drop(graph, file);
  };
  const hasRoom = (size: number): boolean => {
    const now = performance.now();
    for (const [graph, file] of files)
      if (bytes + size > limit && now - file.used > idleMs) drop(graph, file);
    if (bytes + size > limit) return false;
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize - size >= spared;
  };
  const openFor = (graph: string, rows: PrefixRows, size: number): PrefixFile => {
    const known = files.get(graph);
    if (known !== undefined) return known;
    const lengths = rows.map(({ length }) => length);
    const file = { descriptor: nameless(folder), lengths, size, places: new Map(), used: 0 };
    files.set(graph, file);
    return file;
  };

  return {
    get(graph, example) {
      const file = files.get(graph);
      const place = file?.places.get(example);
      if (file === undefined || place === undefined) return undefined;
      file.used = performance.now();
      try {
        const all = new Uint8Array(file.size);
        readWhole(file.descriptor, all, place * file.size);
        return cut(all, file.lengths);
      } catch {
        fail(graph);
        return undefined;
      }
    },
    put(graph, example, rows) {
      if (isBroken || files.get(graph)?.places.has(example)) return;
      try {
        makeFolder(folder, 0o700);
        const size = bytesOfRows(rows);
        if (!hasRoom(size)) return;
        const file = openFor(graph, rows, size);
        file.used = performance.now();
        const place = file.places.size;
        let at = place * file.size;
        for (const { buffer, byteOffset, byteLength } of rows) {
          writeWhole(file.descriptor, new Uint8Array(buffer, byteOffset, byteLength), at);
          at += byteLength;
        }
        file.places.set(example, place);
        bytes += file.size;
      } catch {
        fail(graph);
      }
    },
    get bytes() {
      return bytes;
    },
    close() {
      for (const [graph, file] of files) drop(graph, file);
    },
  };
}

/** Open for reading and writing; where a name can't be taken from an open file there is no file. */
function nameless(folder: string): number {
  const path = join(folder, `${randomUUID()}.rows`);
  const descriptor = openSync(path, 'wx+', 0o600);
  try {
    unlinkSync(path);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return descriptor;
}

function writeWhole(descriptor: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; )
    at += writeSync(descriptor, bytes, at, bytes.length - at, position + at);
}

/** Throws Error where the file is shorter. */
function readWhole(descriptor: number, into: Uint8Array, position: number): void {
  for (let at = 0; at < into.length; ) {
    const count = readSync(descriptor, into, at, into.length - at, position + at);
    if (count === 0) throw new Error('the file is shorter than what was written to it');
    at += count;
  }
}

function cut({ buffer }: Uint8Array<ArrayBuffer>, lengths: readonly number[]): PrefixRows {
  let at = 0;
  return lengths.map((length) => {
    const row = new Float32Array(buffer, at, length);
    at += row.byteLength;
    return row;
  });
}

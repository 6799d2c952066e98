// Blobs of bytes in the database, named by their sha256, and a bounded memory of those read whole, so that many
// downloads of one checkpoint read it once. The database stays the only truth.
// A blob is staged first (staging.ts) and counts from the commit of the row that names it.

import { randomUUID } from 'node:crypto';
import { uninitialised } from '@colora/tensors/safetensors/uninitialised';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { createByteCache } from './byte-cache.ts';
import { type BorrowedMemory, createChunkMemory } from './chunk-memory.ts';
import type { ChunkPlace, ChunkStorage, NewBlob, TakeMemory } from './chunk-storage.ts';
import { createRecentChunks } from './recent-chunks.ts';
import { createStaging, type Staging } from './staging.ts';

export interface BlobSize {
  readonly id: string;
  readonly bytes: number;
}

export interface StoredBlob extends BlobSize {
  readonly sha256: string;
}

export interface BlobStore {
  /** A new blob, to be filled chunk by chunk. */
  stage(): Staging;
  /**
   * The same of one whose name and size are known, and whose chunks will soon be asked for: the last that came are
   * remembered. `memory` is given back each time that all chunks given so far are in the database.
   */
  receive(known: NewBlob, memory: BorrowedMemory): Staging;
  /** Memory for the chunks of one staging, used again by later ones. */
  borrow(): BorrowedMemory;
  /** The whole blob; throws when chunks are missing. */
  read(blob: BlobSize): Promise<Uint8Array>;
  /** The whole blob where it is in memory. */
  recall(blob: BlobSize): Uint8Array | undefined;
  /** The bytes from `from` (included) to `to` (excluded), in parts; from memory where it fits there. */
  stream(blob: BlobSize, from?: number, to?: number): AsyncIterable<Uint8Array>;
  /**
   * Single chunks of any blobs, in the order asked for, one at a time, each in memory of its own or in what `take` gives;
   * throws where one is missing.
   */
  chunks(places: readonly ChunkPlace[], take?: TakeMemory): AsyncIterable<Uint8Array>;
  /** Removes a blob that no row names; trouble is not told, since the cleaner comes by anyway. */
  discard(id: string): Promise<void>;
  /** The chunks of these won't be asked for again. */
  forget(ids: readonly string[]): void;
}

/** Bytes read from the database at once when streaming. */
const batchBytes = 1024 * 1024;

/** `cacheBytes` bounds the memory of blobs read whole, three quarters of it that of received chunks. */
export function createBlobStore(db: PrismaClient, storage: ChunkStorage, cacheBytes: number): BlobStore {
  const recent = createByteCache(cacheBytes);
  const arrived = createRecentChunks(Math.ceil(0.75 * cacheBytes));
  const memory = createChunkMemory();
  const loading = new Map<string, Promise<Uint8Array>>();

  async function* chunks(places: readonly ChunkPlace[], take: TakeMemory = uninitialised) {
    for (let done = 0; done < places.length; ) {
      const rest = places.slice(done);
      const missing = new Set(rest.filter((place) => !arrived.has(place)));
      const stored = storage.read([...missing], take)[Symbol.asyncIterator]();
      try {
        for (const place of rest) {
          const chunk = missing.has(place)
            ? ((await stored.next()).value ?? null)
            : arrived.copy(place, take);
          if (chunk === undefined) break; // forgotten meanwhile: what is left is looked up anew
          if (chunk === null) throw new Error(`blob ${place.blobId} lacks its chunk ${place.index}`);
          yield chunk;
          done += 1;
        }
        if (done === places.length && missing.size > 0) await stored.next(); // its end gives the connection back
      } finally {
        await stored.return?.();
      }
    }
  }
  /** Each batch is here before any of it is given away: who takes its parts slowly holds no reading of the storage meanwhile. */
  async function* readParts({ id, bytes }: BlobSize, from: number, to: number): AsyncIterable<Uint8Array> {
    const sizes = await chunkSizes(db, id);
    const total = sizes.reduce((sum, size) => sum + size.bytes, 0);
    if (total !== bytes) throw new Error(`blob ${id} has ${total} of ${bytes} bytes`);
    for (const batch of batchesOf(sizes, from, to)) {
      let { start } = batch;
      const read: Uint8Array[] = [];
      const places = batch.indices.map((index) => ({ blobId: id, index }));
      for await (const chunk of chunks(places)) read.push(chunk);
      for (const chunk of read) {
        yield chunk.subarray(Math.max(from - start, 0), Math.min(to - start, chunk.length));
        start += chunk.length;
      }
    }
  }
  const load = async (blob: BlobSize): Promise<Uint8Array> => {
    const whole = new Uint8Array(blob.bytes);
    let at = 0;
    for await (const part of readParts(blob, 0, blob.bytes)) {
      whole.set(part, at);
      at += part.length;
    }
    recent.put(blob.id, whole);
    return whole;
  };
  const read = (blob: BlobSize): Promise<Uint8Array> => {
    const known = recent.get(blob.id);
    if (known !== undefined) return Promise.resolve(known);
    const begun = loading.get(blob.id) ?? load(blob).finally(() => loading.delete(blob.id));
    loading.set(blob.id, begun); // whoever asks meanwhile waits for the same bytes
    return begun;
  };
  return {
    stage: () => createStaging(storage, randomUUID()),
    receive(known, memory) {
      const id = randomUUID();
      return createStaging(storage, id, known, (chunks) => {
        for (const chunk of chunks) arrived.put(id, chunk);
        memory.giveBack();
      });
    },
    borrow: memory.borrow,
    read,
    recall: ({ id }) => recent.get(id),
    chunks,
    async *stream(blob, from = 0, to = blob.bytes) {
      if (blob.bytes <= recent.largest) yield (await read(blob)).subarray(from, to);
      else yield* readParts(blob, from, to);
    },
    async discard(id) {
      arrived.forget([id]);
      await db.blob.deleteMany({ where: { id } }).catch(() => undefined);
    },
    forget: arrived.forget,
  };
}

interface ChunkSize {
  readonly index: number;
  readonly bytes: number;
}

function chunkSizes(db: PrismaClient, blobId: string): Promise<ChunkSize[]> {
  return db.$queryRaw<ChunkSize[]>`
    SELECT "index", octet_length("data") AS "bytes" FROM "BlobChunk" WHERE "blobId" = ${blobId} ORDER BY "index"`;
}

/** The chunks that hold bytes between `from` and `to`, in batches; `start` is where a batch's first byte lies. */
function* batchesOf(sizes: readonly ChunkSize[], from: number, to: number) {
  let batch = { start: 0, indices: [] as number[] };
  let inBatch = 0;
  let at = 0;
  for (const { index, bytes } of sizes) {
    if (at + bytes > from && at < to) {
      if (batch.indices.length === 0) batch.start = at;
      batch.indices.push(index);
      inBatch += bytes;
    }
    at += bytes;
    if (inBatch < batchBytes) continue;
    yield batch;
    batch = { start: 0, indices: [] };
    inBatch = 0;
  }
  if (batch.indices.length > 0) yield batch;
}

// Bytes in the database, in chunks, named by their sha256; and a bounded memory of recent ones, so
// that closing a round seldom reads back what just came in. The database stays the only truth.
import { createHash, randomUUID } from 'node:crypto';
import type { Transaction } from '../database/transaction.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { createByteCache } from './byte-cache.ts';

export const chunkBytes = 256 * 1024;

export interface StoredBlob {
  readonly id: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface BlobStore {
  /** Writes inside the caller's transaction. Call `remember` after its commit. */
  write(tx: Transaction, bytes: Uint8Array, sha256?: string): Promise<StoredBlob>;
  remember(id: string, bytes: Uint8Array): void;
  /** The whole blob; throws when chunks are missing. */
  read(blob: { id: string; bytes: number }): Promise<Uint8Array>;
  /** The blob chunk by chunk, for sending. */
  stream(blob: { id: string; bytes: number }): AsyncIterable<Uint8Array>;
}

/**
 * `cacheBytes` bounds the memory of recent blobs.
 * Chunks pass as base64 text, decoded by Postgres: measured 3 to 8 times faster through Prisma than
 * its Bytes on the embedded database, and no slower on a server.
 */
export function createBlobStore(db: PrismaClient, cacheBytes: number): BlobStore {
  const recent = createByteCache(cacheBytes);
  async function* readChunks(blob: { id: string; bytes: number }): AsyncIterable<Uint8Array> {
    let total = 0;
    for (let index = 0; index < chunkCount(blob.bytes); index += 1) {
      const rows = await db.$queryRaw<{ data: string }[]>`
        SELECT encode("data", 'base64') AS "data" FROM "BlobChunk" WHERE "blobId" = ${blob.id} AND "index" = ${index}`;
      const chunk = Buffer.from(rows[0]?.data ?? '', 'base64');
      total += chunk.length;
      yield chunk;
    }
    if (total !== blob.bytes) throw new Error(`blob ${blob.id} has ${total} of ${blob.bytes} bytes`);
  }
  const read = async (blob: { id: string; bytes: number }): Promise<Uint8Array> => {
    const known = recent.get(blob.id);
    if (known !== undefined) return known;
    const chunks: Uint8Array[] = [];
    for await (const chunk of readChunks(blob)) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    recent.put(blob.id, bytes);
    return bytes;
  };
  return {
    write,
    read,
    remember: recent.put,
    async *stream(blob) {
      const known = recent.get(blob.id);
      if (known !== undefined) yield known;
      else if (blob.bytes <= recent.largest) yield await read(blob);
      else yield* readChunks(blob);
    },
  };
}

async function write(tx: Transaction, bytes: Uint8Array, sha256 = hashBytes(bytes)): Promise<StoredBlob> {
  const id = randomUUID();
  await tx.$executeRaw`INSERT INTO "Blob" ("id", "sha256", "bytes") VALUES (${id}, ${sha256}, ${bytes.length})`;
  for (let index = 0; index < chunkCount(bytes.length); index += 1) {
    const chunk = bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes);
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('base64');
    await tx.$executeRaw`
      INSERT INTO "BlobChunk" ("blobId", "index", "data") VALUES (${id}, ${index}, decode(${text}, 'base64'))`;
  }
  return { id, sha256, bytes: bytes.length };
}

export function hashBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function chunkCount(bytes: number): number {
  return Math.ceil(bytes / chunkBytes);
}

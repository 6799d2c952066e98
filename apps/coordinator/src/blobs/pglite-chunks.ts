// Chunks in the embedded database, which has one connection and no COPY: one statement a chunk, as base64 text that
// Postgres decodes (measured 3 to 8 times faster through Prisma than its Bytes).
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { ChunkStorage } from './chunk-storage.ts';

export function pgliteChunks(db: PrismaClient): ChunkStorage {
  return {
    async write(blobId, chunks, begin) {
      if (begin !== undefined) {
        const { sha256, bytes } = begin;
        await db.$executeRaw`INSERT INTO "Blob" ("id", "sha256", "bytes") VALUES (${blobId}, ${sha256}, ${bytes})`;
      }
      for (const { index, data } of chunks) {
        const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
        await db.$executeRaw`
          INSERT INTO "BlobChunk" ("blobId", "index", "data") VALUES (${blobId}, ${index}, decode(${text}, 'base64'))`;
      }
    },
    async *read(places) {
      for (const { blobId, index } of places) {
        const rows = await db.$queryRaw<{ data: string }[]>`
          SELECT encode("data", 'base64') AS "data" FROM "BlobChunk" WHERE "blobId" = ${blobId} AND "index" = ${index}`;
        yield rows[0] === undefined ? null : Buffer.from(rows[0].data, 'base64');
      }
    },
    close: async () => undefined,
  };
}

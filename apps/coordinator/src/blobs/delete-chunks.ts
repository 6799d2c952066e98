// A blob's bytes, deleted in small batches.
import type { PrismaClient } from '../generated/prisma/client.ts';

/** Chunks deleted in one transaction: some tens of megabytes. */
const batchChunks = 128;

export async function deleteChunks(db: Pick<PrismaClient, '$executeRaw'>, blobId: string): Promise<void> {
  for (;;) {
    const count = await db.$executeRaw`
      DELETE FROM "BlobChunk" WHERE "blobId" = ${blobId} AND "index" IN
        (SELECT "index" FROM "BlobChunk" WHERE "blobId" = ${blobId} ORDER BY "index" LIMIT ${batchChunks}::int)`;
    if (count < batchChunks) return;
  }
}

/** Of one blob after the other, until `stop` says so. */
export async function deleteChunksOfEach(
  db: Pick<PrismaClient, '$executeRaw'>,
  blobs: readonly { readonly blobId: string }[],
  stop: () => boolean,
): Promise<void> {
  for (const { blobId } of blobs) {
    if (stop()) return;
    await deleteChunks(db, blobId);
  }
}

// A second blob of the same bytes, made inside the database: nothing of it passes through here. It counts, as every staged
// blob, from the commit of the row that names it; until then the cleaner may find it.
import { randomUUID } from 'node:crypto';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { StoredBlob } from './blob-store.ts';

/** Chunks copied in one statement: some tens of megabytes. */
const batchChunks = 128;

/** Whoever deletes the first meanwhile leaves a copy with holes: look, before it is named, that the first is still named. */
export async function copyBlob(
  db: Pick<PrismaClient, '$executeRaw'>,
  { id: from, sha256, bytes }: StoredBlob,
): Promise<StoredBlob> {
  const id = randomUUID();
  await db.$executeRaw`INSERT INTO "Blob" ("id", "sha256", "bytes") VALUES (${id}, ${sha256}, ${bytes})`;
  for (let done = 0; ; done += batchChunks) {
    const count = await db.$executeRaw`
      INSERT INTO "BlobChunk" ("blobId", "index", "data")
      SELECT ${id}, "index", "data" FROM "BlobChunk"
      WHERE "blobId" = ${from} AND "index" >= ${done}::int AND "index" < ${done + batchChunks}::int`;
    if (count < batchChunks) return { id, sha256, bytes };
  }
}

// Deletes the bytes that participants contributed who asked to be forgotten, but of rounds under way: those are still needed, and
// go once they are over.
import { deleteChunksOfEach } from '../blobs/delete-chunks.ts';
import type { Context } from '../context.ts';

/** Returns of how many contributions. */
export async function deleteForgottenBytes(
  { db }: Pick<Context, 'db'>,
  stop: () => boolean = () => false,
): Promise<number> {
  const rows = await db.$queryRaw<{ blobId: string }[]>`
    SELECT k."blobId" FROM "Participant" p JOIN "Contribution" k ON k."participantId" = p."id"
    JOIN "Round" r ON r."id" = k."roundId"
    WHERE p."forgottenAt" IS NOT NULL AND r."state" IN ('committed', 'failed')
      AND EXISTS (SELECT 1 FROM "BlobChunk" c WHERE c."blobId" = k."blobId")
    LIMIT 1000`;
  await deleteChunksOfEach(db, rows, stop);
  return rows.length;
}

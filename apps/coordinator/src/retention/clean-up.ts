// Deletes what nobody needs any more, in small batches: staged bytes that nothing came of, and contributions and
// checkpoints past what their group's settings keep. When this happens is cleaner.ts's affair.
import { settingsOf } from '../access/stored-settings.ts';
import { deleteChunks, deleteChunksOfEach } from '../blobs/delete-chunks.ts';
import type { Context } from '../context.ts';
import { longestUploadSeconds } from '../http/incoming-body.ts';
import { deleteForgottenBytes } from '../leaving/forgotten-bytes.ts';
import { forgetUnseen } from './unseen-participants.ts';

/** Nothing fills a staged blob longer than an upload may take; closing a round takes less. */
const orphanSeconds = 2 * longestUploadSeconds;

type Known = Pick<Context, 'db' | 'limits'>;

interface CleanUp {
  readonly orphans: number;
  readonly contributions: number;
  readonly checkpoints: number;
  /** Participants that were never seen. */
  readonly unseen: number;
  /** Contributions of participants that were forgotten. */
  readonly forgotten: number;
}

/** `stop` is asked between batches. */
export async function cleanUp(
  context: Known,
  now: Date,
  stop: () => boolean = () => false,
): Promise<CleanUp> {
  const done = { orphans: 0, contributions: 0, checkpoints: 0, unseen: 0, forgotten: 0 };
  done.orphans = await deleteOrphans(context, now, stop);
  done.unseen = await forgetUnseen(context, stop);
  done.forgotten = await deleteForgottenBytes(context, stop);
  for (const group of await context.db.taskGroup.findMany({ select: { id: true, settings: true } })) {
    if (stop()) break;
    const { retention, rounds } = settingsOf({ settings: group.settings });
    done.contributions += await pruneContributions(context, group.id, retention.contributionRounds, stop);
    if (retention.checkpoints === null) continue;
    const kept = Math.max(retention.checkpoints, 2, rounds.maxStaleness + 1); // late ones are read by their checkpoint
    done.checkpoints += await pruneCheckpoints(context, group.id, kept, stop);
  }
  return done;
}

/** Blobs that no row names: of uploads that broke off and of closers that died. */
async function deleteOrphans({ db }: Known, now: Date, stop: () => boolean): Promise<number> {
  const before = new Date(now.getTime() - orphanSeconds * 1000);
  const orphans = await db.$queryRaw<{ id: string }[]>`
    SELECT b."id" FROM "Blob" b WHERE b."createdAt" < ${before}
      AND NOT EXISTS (SELECT 1 FROM "Contribution" k WHERE k."blobId" = b."id")
      AND NOT EXISTS (SELECT 1 FROM "Checkpoint" c WHERE c."blobId" = b."id")
      AND NOT EXISTS (SELECT 1 FROM "Checkpoint" c WHERE c."downloadBlobId" = b."id")
      AND NOT EXISTS (SELECT 1 FROM "Checkpoint" c WHERE c."optimizerBlobId" = b."id")
    LIMIT 1000`;
  for (const { id } of orphans) {
    if (stop()) break;
    await deleteChunks(db, id);
    await db.blob.deleteMany({ where: { id } });
  }
  return orphans.length;
}

/** Their bytes alone: who sent what stays known, and a retry of an old one is still answered. */
async function pruneContributions(
  { db }: Known,
  groupId: string,
  rounds: number,
  stop: () => boolean,
): Promise<number> {
  const old = await db.$queryRaw<{ blobId: string }[]>`
    SELECT k."blobId" FROM "Contribution" k JOIN "Round" r ON r."id" = k."roundId"
    WHERE r."groupId" = ${groupId} AND r."state" IN ('committed', 'failed') AND r."number" <=
        (SELECT max(l."number") FROM "Round" l WHERE l."groupId" = ${groupId} AND l."state" = 'committed') - ${rounds}::int
      AND EXISTS (SELECT 1 FROM "BlobChunk" c WHERE c."blobId" = k."blobId")
    LIMIT 1000`;
  await deleteChunksOfEach(db, old, stop);
  return old.length;
}

/** The latest are kept, and the one early stop found best. */
async function pruneCheckpoints(
  { db }: Known,
  groupId: string,
  kept: number,
  stop: () => boolean,
): Promise<number> {
  const group = await db.taskGroup.findUniqueOrThrow({ where: { id: groupId } });
  const newest = (group.checkpointVersion ?? 0) - kept;
  const best = group.bestVersion ?? -1;
  const old = await db.checkpoint.findMany({
    where: { groupId, version: { lte: newest, not: best } },
    take: 1000,
  });
  for (const { version, blobId, downloadBlobId, optimizerBlobId } of old) {
    if (stop()) break;
    await db.checkpoint.delete({ where: { groupId_version: { groupId, version } } });
    for (const id of [blobId, downloadBlobId, optimizerBlobId]) {
      if (id === null) continue;
      await deleteChunks(db, id);
      await db.blob.deleteMany({ where: { id } });
    }
  }
  return old.length;
}

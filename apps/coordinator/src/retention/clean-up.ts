// Deletes what nobody needs any more, in small batches: staged bytes that nothing came of, and contributions and
// checkpoints past what their group's settings keep. When this happens is cleaner.ts's affair.
import type { TaskSettings } from '@colora/protocol/task-settings';
import { settingsOf } from '../access/stored-settings.ts';
import { forgetAnswers } from '../answers/kept-answers.ts';
import { deleteChunks, deleteChunksOfEach } from '../blobs/delete-chunks.ts';
import type { Context } from '../context.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import { longestUploadSeconds } from '../http/incoming-body.ts';
import { deleteForgottenBytes } from '../leaving/forgotten-bytes.ts';
import { removableOf } from './old-checkpoints.ts';
import { lastRemovableRound } from './removable.ts';
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
  /** Of browsers, over for a day. */
  readonly sessions: number;
  /** Of a day ago, to requests with an Idempotency-Key. */
  readonly answers: number;
}

/** `stop` is asked between batches. */
export async function cleanUp(
  context: Known,
  now: Date,
  stop: () => boolean = () => false,
): Promise<CleanUp> {
  const done = {
    ...{ orphans: 0, contributions: 0, checkpoints: 0, unseen: 0, forgotten: 0 },
    ...{ sessions: 0, answers: 0 },
  };
  done.orphans = await deleteOrphans(context, now, stop);
  done.unseen = await forgetUnseen(context, stop);
  done.forgotten = await deleteForgottenBytes(context, stop);
  done.sessions = await deleteEndedSessions(context);
  done.answers = await forgetAnswers(context);
  for (const group of await context.db.taskGroup.findMany()) {
    if (stop()) break;
    const settings = settingsOf(group);
    done.contributions += await pruneContributions(context, group.id, settings, stop);
    done.checkpoints += await pruneCheckpoints(context, group, settings, stop);
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

/** Kept for a day, so that every coordinator hears that they ended. What happened is in the audit trail. */
function deleteEndedSessions({ db }: Known): Promise<number> {
  return db.$executeRaw`
    DELETE FROM "Session" WHERE least("expiresAt", "endedAt") < now()::timestamp(3) - INTERVAL '1 day'`;
}

/** Their bytes alone: who sent what stays known, and a retry of an old one is still answered. */
async function pruneContributions(
  { db }: Known,
  groupId: string,
  { retention }: TaskSettings,
  stop: () => boolean,
): Promise<number> {
  const where = { groupId, state: 'committed' as const };
  const committed = (await db.round.aggregate({ where, _max: { number: true } }))._max.number ?? 0;
  const last = lastRemovableRound(retention, committed);
  // without its contributions no round is made again: what is left of such a seed is that it takes the noise off
  await db.roundNoise.deleteMany({ where: { round: { groupId, number: { lte: last } } } });
  // what takes masks off goes with what is masked: who was in which round stays with the assignments
  await db.$executeRaw`
    DELETE FROM "MaskedRound" s USING "Round" r
    WHERE r."id" = s."roundId" AND r."groupId" = ${groupId} AND r."state" IN ('committed', 'failed')
      AND r."number" <= ${lastRemovableRound(retention, committed)}::int`;
  const old = await db.$queryRaw<{ blobId: string }[]>`
    SELECT k."blobId" FROM "Contribution" k JOIN "Round" r ON r."id" = k."roundId"
    WHERE r."groupId" = ${groupId} AND r."state" IN ('committed', 'failed')
      AND r."number" <= ${last}::int
      AND EXISTS (SELECT 1 FROM "BlobChunk" c WHERE c."blobId" = k."blobId")
    LIMIT 1000`;
  await deleteChunksOfEach(db, old, stop);
  return old.length;
}

/** What members are at, and what was found best, stays: see removable.ts. */
async function pruneCheckpoints(
  { db }: Known,
  group: TaskGroupModel,
  settings: TaskSettings,
  stop: () => boolean,
): Promise<number> {
  const removable = await removableOf({ db }, group, settings);
  const old = await db.checkpoint.findMany({
    where: { groupId: group.id, version: { in: removable.slice(0, 1000) } },
  });
  for (const { groupId, version, blobId, downloadBlobId, optimizerBlobId } of old) {
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

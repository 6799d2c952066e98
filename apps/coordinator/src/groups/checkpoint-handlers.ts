// Checkpoints over REST: the admin uploads version 0, members download the latest.
import { MaskingError } from '@colora/privacy/masking-error';
import { noisedPointOf } from '@colora/privacy/rings/noised-vector';
import { ProblemError } from '@colora/protocol/problems';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { findGroup, findGroupFor } from '../access/find-group.ts';
import { settingsOf } from '../access/stored-settings.ts';
import type { DownloadRow } from '../asks/download-rows.ts';
import { audit } from '../audit.ts';
import { checkpointView } from '../checkpoints/checkpoint-view.ts';
import { stageCheckpoint } from '../checkpoints/staged-checkpoint.ts';
import { discardStaged, type StagedCheckpoint, writeCheckpoint } from '../checkpoints/stored-checkpoint.ts';
import type { Context } from '../context.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import type { BytesResult, Call, Result } from '../http/call.ts';
import type { Caller } from '../keys/key-ring.ts';
import { byNumber } from '../paging/order.ts';
import { readPage } from '../paging/read-page.ts';
import { during } from '../paging/time-span.ts';
import { writeManifest } from '../proofs/write-manifest.ts';
import { unknownGroup } from '../refusals.ts';
import { clockFrom } from '../sql/database-clock.ts';
import { isUniqueViolation } from '../sql/database-errors.ts';
import { receiveCheckpoint } from './receive-checkpoint.ts';

const maxInitialBytes = 1024 ** 3;

/** Stored as F32 whatever float format came; repeatable with the same tensors while they are the latest. */
export async function putInitialCheckpoint(
  context: Context,
  { params, body, caller }: Call<'putInitialCheckpoint'>,
): Promise<Result<'putInitialCheckpoint'>> {
  const group = await findGroup(context, params.group);
  context.room.assertRoom();
  const upload = await context.uploads.enter({
    owner: `checkpoint of ${group.id}`,
    address: body.address,
  });
  const settings = settingsOf(group);
  const file = stageCheckpoint(context.blobs, settings.wire.download);
  try {
    await receiveCheckpoint(
      body.read(maxInitialBytes, upload),
      { maxBytes: maxInitialBytes, settings },
      file,
    );
    const files = await file.finish();
    assertNoised(settings, files.tensors.bytes / Float32Array.BYTES_PER_ELEMENT);
    const stored = await publish(context, group, files, caller);
    if (stored) context.hints.tell(group.id, 'checkpoint:published', { group: group.name, version: 0 });
    else await discardStaged(context.blobs, file.ids);
    return await viewInitial(context, group, files.tensors.sha256);
  } catch (error) {
    void discardStaged(context.blobs, file.ids);
    throw error;
  } finally {
    upload.leave();
  }
}

/** Throws ProblemError where no noise on a masked sum of so many values keeps what the settings say. */
function assertNoised(settings: TaskSettings, values: number): void {
  try {
    noisedPointOf(settings, values);
  } catch (error) {
    if (!(error instanceof MaskingError)) throw error;
    throw new ProblemError(
      'invalid-settings',
      `${error.message}: take a larger epsilon, fewer rounds, more members a round, or mechanism central`,
    );
  }
}

/** False when the group has its initial checkpoint. */
async function publish(
  { db, receiptSigner }: Context,
  group: TaskGroupModel,
  files: Omit<StagedCheckpoint, 'optimizerState'>,
  by: Caller,
): Promise<boolean> {
  const signer = await receiptSigner();
  const groupId = group.id;
  const staged = { ...files, optimizerState: null };
  try {
    await db.$transaction(async (tx) => {
      await writeCheckpoint(tx, { groupId, version: 0 }, staged);
      await tx.taskGroup.update({ where: { id: groupId }, data: { state: 'ready', checkpointVersion: 0 } });
      await writeManifest(tx, signer, {
        ...{ group, version: 0, settings: settingsOf(group), files: staged, made: 'upload' },
        ...{ base: null, round: null, members: 0, needed: null, added: [] },
      });
      const detail = { sha256: files.tensors.sha256 };
      await audit(tx, { kind: 'checkpoint-uploaded', by, groupId, detail });
    });
    return true;
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    throw error;
  }
}

async function viewInitial(context: Context, group: { id: string; name: string }, sha256: string) {
  const row = await context.db.checkpoint.findUniqueOrThrow({
    where: { groupId_version: { groupId: group.id, version: 0 } },
    include: { blob: true },
  });
  if (row.blob.sha256 === sha256) return checkpointView(row);
  throw new ProblemError(
    'checkpoint-exists',
    `${group.name} has its initial checkpoint, of other tensors: create another group for these`,
  );
}

export async function listCheckpoints(
  context: Context,
  { params, query, caller }: Call<'listCheckpoints'>,
): Promise<Result<'listCheckpoints'>> {
  const { id } = await findGroupFor(context, params.group, caller);
  const where = { groupId: id, ...during('createdAt', query) };
  const { rows, ...turning } = await readPage(query, {
    name: 'listCheckpoints',
    order: byNumber('version')[query.sort],
    find: ({ where: after, ...part }) =>
      context.db.checkpoint.findMany({ where: { AND: [where, after] }, ...part, include: { blob: true } }),
    count: (take) => context.db.checkpoint.count({ where, take }),
  });
  return { items: rows.map(checkpointView), ...turning };
}

export async function getCheckpoint(
  context: Context,
  { params, query, caller }: Call<'getCheckpoint'>,
): Promise<BytesResult> {
  const { group, version } = params;
  const row = await context.asks.download({ group, version, participantId: caller.participantId });
  const isMember = caller.participantId === null || row?.isMember;
  if (row === undefined || !isMember) throw unknownGroup(params.group);
  if (row.plain === null) {
    const latest = row.latest === null ? 'it has none yet' : `the latest is ${row.latest}`;
    const detail = `${params.group} has no checkpoint ${params.version}: ${latest}`;
    throw new ProblemError('unknown-checkpoint', detail);
  }
  const blob = query.encoding === 'f32' ? row.plain : row.packed;
  if (blob === null || (query.encoding !== 'f32' && query.encoding !== row.encoding)) {
    const kept = row.encoding === 'f32' ? 'f32' : `f32 and ${row.encoding}`;
    const detail = `${params.group} keeps its checkpoints in ${kept}, not in ${query.encoding}`;
    throw new ProblemError('unknown-checkpoint', detail);
  }
  const { blobs } = context;
  return {
    ...marking(context, row, caller.participantId),
    sha256: blob.sha256,
    bytes: blob.bytes,
    immutable: params.version !== 'latest',
    content: (from, to) => blobs.recall(blob)?.subarray(from, to) ?? blobs.stream(blob, from, to),
  };
}

/** Notes when a member downloads what its round is made at. */
function marking(
  { marks }: Context,
  { roundId, now }: DownloadRow,
  participantId: string | null,
): Pick<BytesResult, 'onBegin' | 'onEnd'> {
  if (roundId === null || participantId === null) return {};
  const whose = { roundId, participantId };
  const timeAt = clockFrom(now);
  return {
    onBegin: () => marks.note(whose, 'downloadAt', timeAt()),
    onEnd: () => marks.note(whose, 'downloadedAt', timeAt()),
  };
}

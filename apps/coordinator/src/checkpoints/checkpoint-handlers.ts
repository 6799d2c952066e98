// Checkpoints over REST: the admin uploads version 0, members download the latest.
import { ProblemError } from '@colora/protocol/problems';
import { allFinite } from '@colora/tensors/arithmetic';
import { decode, SafetensorsError } from '@colora/tensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import { isUniqueViolation } from '../database/database-errors.ts';
import { findGroup, findGroupFor } from '../groups/find-group.ts';
import type { BytesResult, Call, Result } from '../http/call.ts';
import { checkpointView } from './checkpoint-view.ts';
import { encodeCheckpoint, writeCheckpoint } from './stored-checkpoint.ts';

const maxInitialBytes = 1024 ** 3;

/** Stored as F32 whatever float format came; repeatable with the same tensors while they are the latest. */
export async function putInitialCheckpoint(
  context: Context,
  { params, body, caller }: Call<'putInitialCheckpoint'>,
): Promise<Result<'putInitialCheckpoint'>> {
  const group = await findGroup(context, params.group);
  const { bytes } = await body.receive(maxInitialBytes);
  const encoded = encodeCheckpoint(decodeInitial(bytes), new Map());
  try {
    const stored = await context.db.$transaction(async (tx) => {
      const written = await writeCheckpoint(context, tx, { groupId: group.id, version: 0 }, encoded);
      await tx.taskGroup.update({ where: { id: group.id }, data: { state: 'ready', checkpointVersion: 0 } });
      const detail = { sha256: encoded.sha256 };
      await audit(tx, { kind: 'checkpoint-uploaded', keyId: caller.keyId, groupId: group.id, detail });
      return written;
    });
    stored.remember();
    context.hints.tell(group.id, 'checkpoint:published', { group: group.name, version: 0 });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
  }
  const row = await context.db.checkpoint.findUniqueOrThrow({
    where: { groupId_version: { groupId: group.id, version: 0 } },
    include: { blob: true },
  });
  if (row.blob.sha256 === encoded.sha256) return checkpointView(row);
  throw new ProblemError(
    'checkpoint-exists',
    `${group.name} has its initial checkpoint, of other tensors: create another group for these`,
  );
}

function decodeInitial(bytes: Uint8Array): TensorMap {
  try {
    const { tensors } = decode(bytes);
    if (allFinite(tensors)) return tensors;
  } catch (error) {
    if (error instanceof SafetensorsError) throw new ProblemError('invalid-tensors', error.message);
    throw error;
  }
  throw new ProblemError('not-finite', 'the checkpoint holds NaN or infinite values');
}

export async function listCheckpoints(
  context: Context,
  { params, query, caller }: Call<'listCheckpoints'>,
): Promise<Result<'listCheckpoints'>> {
  const { id } = await findGroupFor(context, params.group, caller);
  const where = { groupId: id };
  const [rows, total] = await Promise.all([
    context.db.checkpoint.findMany({
      where,
      orderBy: { version: 'desc' },
      take: query.limit,
      skip: query.offset,
      include: { blob: true },
    }),
    context.db.checkpoint.count({ where }),
  ]);
  return { items: rows.map(checkpointView), total };
}

export async function getCheckpoint(
  context: Context,
  { params, caller }: Call<'getCheckpoint'>,
): Promise<BytesResult> {
  const group = await findGroupFor(context, params.group, caller);
  const version = params.version === 'latest' ? group.checkpointVersion : params.version;
  const row =
    version === null
      ? null
      : await context.db.checkpoint.findUnique({
          where: { groupId_version: { groupId: group.id, version } },
          include: { blob: true },
        });
  if (row === null) {
    const latest =
      group.checkpointVersion === null ? 'it has none yet' : `the latest is ${group.checkpointVersion}`;
    throw new ProblemError(
      'unknown-checkpoint',
      `${group.name} has no checkpoint ${params.version}: ${latest}`,
    );
  }
  const { blob } = row;
  return {
    sha256: blob.sha256,
    bytes: blob.bytes,
    immutable: params.version !== 'latest',
    content: () => context.blobs.stream(blob),
  };
}

// Going back: an earlier checkpoint's tensors and optimizer state become the next version, in one transaction with the
// group's row. Nothing is rewritten: rounds, versions and what was made of them stay; which checkpoints the new one descends
// from is said by the group's list of rollbacks (protocol's rollbacks.ts).

import { mostRollbacks } from '@colora/protocol/checkpoints/rollbacks';
import { ProblemError } from '@colora/protocol/problems';
import type { Signer } from '@colora/protocol/proofs/signatures';
import { findGroup } from '../../access/find-group.ts';
import { viewGroup } from '../../access/group-view.ts';
import { rollbacksOf, settingsOf } from '../../access/stored-settings.ts';
import { audit } from '../../audit.ts';
import { copyBlob } from '../../blobs/copy-blob.ts';
import {
  discardStaged,
  type StagedCheckpoint,
  writeCheckpoint,
} from '../../checkpoints/stored-checkpoint.ts';
import type { Context } from '../../context.ts';
import type { BlobModel, TaskGroupModel } from '../../generated/prisma/models.ts';
import type { Call, Result } from '../../http/call.ts';
import type { Caller } from '../../keys/key-ring.ts';
import { writeManifest } from '../../proofs/write-manifest.ts';
import type { Transaction } from '../../sql/transaction.ts';
import { cancelLive } from '../cancel-round.ts';
import { spansOf } from './version-spans.ts';

/** Repeatable while nothing has come of it. The group stays running, paused or completed. */
export async function rollbackGroup(
  context: Context,
  { params, body, caller }: Call<'rollbackGroup'>,
): Promise<Result<'rollbackGroup'>> {
  const { db, blobs, hints, log } = context;
  const group = await findGroup(context, params.group);
  const { toVersion } = body;
  const last = rollbacksOf(group).at(-1);
  const isDone = last?.version === group.checkpointVersion && last.to === toVersion;
  if (isDone) return viewGroup(context, group, caller);
  const source = await findSource(context, group, toVersion);
  const signer = await context.receiptSigner();
  const staged = await copyFiles(context, source);
  const ids = [staged.tensors, staged.download, staged.optimizerState].flatMap((file) => file?.id ?? []);
  try {
    const version = await db.$transaction((tx) => publish(tx, { group, toVersion, staged, signer }, caller));
    log.warn({ taskGroupId: group.id, version, toVersion }, 'group rolled back');
    hints.tell(group.id, 'checkpoint:published', { group: group.name, version });
    context.nudge(group.id);
  } catch (error) {
    void discardStaged(blobs, ids);
    throw error;
  }
  return viewGroup(context, await findGroup(context, params.group), caller);
}

interface Source {
  readonly blob: BlobModel;
  readonly downloadBlob: BlobModel | null;
  readonly optimizerBlob: BlobModel | null;
}

async function findSource({ db }: Context, group: TaskGroupModel, version: number): Promise<Source> {
  const { id: groupId, name, checkpointVersion: latest } = group;
  if (latest === null)
    throw new ProblemError('wrong-group-state', `${name} is a draft: it has no checkpoint to go back to`);
  if (version === latest)
    throw new ProblemError('wrong-group-state', `${name} is at checkpoint ${latest}: name an earlier one`);
  const source = await db.checkpoint.findUnique({
    where: { groupId_version: { groupId, version } },
    include: { blob: true, downloadBlob: true, optimizerBlob: true },
  });
  if (source !== null) return source;
  const kept = await db.checkpoint.findMany({
    where: { groupId, version: { lt: latest } },
    select: { version: true },
    orderBy: { version: 'asc' },
  });
  const versions = kept.length === 0 ? 'none but the latest' : spansOf(kept.map((row) => row.version));
  const why = version > latest ? `the latest is ${latest}` : 'it isn’t kept any more';
  throw new ProblemError(
    'unknown-checkpoint',
    `${name} has no checkpoint ${version}: ${why}; kept are ${versions}`,
  );
}

async function copyFiles(
  { db }: Context,
  { blob, downloadBlob, optimizerBlob }: Source,
): Promise<StagedCheckpoint> {
  const copy = (from: BlobModel | null) => (from === null ? null : copyBlob(db, from));
  return {
    tensors: await copyBlob(db, blob),
    download: await copy(downloadBlob),
    optimizerState: await copy(optimizerBlob),
  };
}

interface Publication {
  readonly group: Pick<TaskGroupModel, 'id' | 'name'>;
  readonly toVersion: number;
  readonly staged: StagedCheckpoint;
  readonly signer: Signer;
}

/** Returns the version. With the group's row held no round opens; one that collects is cancelled, and none may aggregate. */
async function publish(
  tx: Transaction,
  { group, toVersion, staged, signer }: Publication,
  caller: Caller,
): Promise<number> {
  const groupId = group.id;
  await tx.$queryRaw`SELECT 1 FROM "TaskGroup" WHERE "id" = ${groupId} FOR NO KEY UPDATE`;
  const now = await tx.taskGroup.findUniqueOrThrow({ where: { id: groupId } });
  const live = await tx.round.findFirst({ where: { groupId, state: { in: ['collecting', 'aggregating'] } } });
  if (live !== null && !(await cancelLive(tx, live, caller))) {
    const detail = `round ${live.number} of ${group.name} is being closed: roll back in a moment, when its checkpoint is out`;
    throw new ProblemError('wrong-round-state', detail);
  }
  const kept = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM "Checkpoint" WHERE "groupId" = ${groupId} AND "version" = ${toVersion} FOR SHARE`;
  if (kept.length === 0)
    throw new ProblemError('unknown-checkpoint', `checkpoint ${toVersion} was removed just now`);
  const from = now.checkpointVersion ?? 0;
  const version = from + 1;
  const rollbacks = [...rollbacksOf(now), { version, to: toVersion }];
  if (rollbacks.length > mostRollbacks)
    throw new ProblemError(
      'wrong-group-state',
      `${group.name} was rolled back ${mostRollbacks} times: make a new group`,
    );
  await writeCheckpoint(tx, { groupId, version }, staged);
  await tx.taskGroup.update({
    where: { id: groupId },
    data: { checkpointVersion: version, rollbacks },
  });
  await writeManifest(tx, signer, {
    ...{ group: now, version, settings: settingsOf(now), files: staged, made: 'rollback', round: null },
    base: {
      version: toVersion,
      checkpoint: staged.tensors.sha256,
      optimizer: staged.optimizerState?.sha256 ?? null,
    },
    members: await tx.membership.count({ where: { groupId } }),
    needed: null,
    added: [],
  });
  const detail = { from, to: toVersion, version };
  await audit(tx, { kind: 'group-rolled-back', by: caller, groupId, detail });
  return version;
}

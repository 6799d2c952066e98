// Checkpoints in the database: files of float32 tensors, staged piece by piece and named by a row in the transaction
// that makes them count. The optimizer's state is a second file beside the tensors, absent while it is empty; the tensors
// as members download them a third, absent where they get the first.
import { createHash } from 'node:crypto';
import type { BlobStore, StoredBlob } from '../blobs/blob-store.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { BlobModel } from '../generated/prisma/models.ts';
import type { Transaction } from '../sql/transaction.ts';

/** A file on its way into the database, hashed as it goes: chunks come in the order of its bytes. */
export interface FileStaging {
  readonly id: string;
  add(index: number, data: Uint8Array): Promise<void>;
  /** Its name and size; the row still has to be told (`writeCheckpoint`). */
  finish(): Promise<StoredBlob>;
}

export function stageFile(blobs: Pick<BlobStore, 'stage'>): FileStaging {
  const staging = blobs.stage();
  const hash = createHash('sha256');
  let bytes = 0;
  return {
    id: staging.id,
    async add(index, data) {
      hash.update(data);
      bytes += data.length;
      await staging.add(index, data);
    },
    async finish() {
      await staging.finish();
      return { id: staging.id, sha256: hash.digest('hex'), bytes };
    },
  };
}

/** A checkpoint's files, staged. */
export interface StagedCheckpoint {
  readonly tensors: StoredBlob;
  readonly download: StoredBlob | null;
  readonly optimizerState: StoredBlob | null;
}

/** Names the files and makes them a checkpoint. */
export async function writeCheckpoint(
  tx: Transaction,
  at: { groupId: string; version: number },
  { tensors, download, optimizerState }: StagedCheckpoint,
): Promise<void> {
  for (const file of [tensors, download, optimizerState]) {
    if (file === null) continue;
    const { id, sha256, bytes } = file;
    await tx.blob.update({ where: { id }, data: { sha256, bytes } });
  }
  await tx.checkpoint.create({
    data: {
      ...at,
      blobId: tensors.id,
      downloadBlobId: download?.id ?? null,
      optimizerBlobId: optimizerState?.id ?? null,
    },
  });
}

/** Removes files that became no checkpoint. */
export async function discardStaged(
  blobs: Pick<BlobStore, 'discard'>,
  ids: readonly string[],
): Promise<void> {
  await Promise.all(ids.map((id) => blobs.discard(id)));
}

export async function findCheckpoint(
  db: Pick<PrismaClient, 'checkpoint'>,
  groupId: string,
  version: number,
): Promise<{ blob: BlobModel; optimizerBlob: BlobModel | null }> {
  return db.checkpoint.findUniqueOrThrow({
    where: { groupId_version: { groupId, version } },
    include: { blob: true, optimizerBlob: true },
  });
}

// Checkpoints in the database: written with the round that makes them, read back as tensors.
// The optimizer's state is a second blob beside the tensors, absent while it is empty.
import { decode, encode } from '@colora/tensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { hashBytes, type StoredBlob } from '../blobs/blob-store.ts';
import type { Context } from '../context.ts';
import type { Transaction } from '../database/transaction.ts';

export interface StoredCheckpoint {
  readonly version: number;
  readonly blob: StoredBlob;
  readonly tensors: TensorMap;
  readonly optimizerState: TensorMap;
}

export interface EncodedCheckpoint {
  readonly tensors: Uint8Array;
  readonly sha256: string;
  readonly optimizerState: Uint8Array | null;
}

/** The bytes of a checkpoint, F32; equal tensors give equal bytes. */
export function encodeCheckpoint(tensors: TensorMap, optimizerState: TensorMap): EncodedCheckpoint {
  const bytes = encode(tensors);
  return {
    tensors: bytes,
    sha256: hashBytes(bytes),
    optimizerState: optimizerState.size === 0 ? null : encode(optimizerState),
  };
}

/** Writes both blobs and their row; to be remembered by the caller once committed. */
export async function writeCheckpoint(
  { blobs }: Pick<Context, 'blobs'>,
  tx: Transaction,
  at: { groupId: string; version: number },
  checkpoint: EncodedCheckpoint,
): Promise<{ tensors: StoredBlob; remember: () => void }> {
  const tensors = await blobs.write(tx, checkpoint.tensors, checkpoint.sha256);
  const { optimizerState } = checkpoint;
  const optimizer = optimizerState === null ? null : await blobs.write(tx, optimizerState);
  await tx.checkpoint.create({
    data: { ...at, blobId: tensors.id, optimizerBlobId: optimizer?.id ?? null },
  });
  return {
    tensors,
    remember: () => {
      blobs.remember(tensors.id, checkpoint.tensors);
      if (optimizer !== null && optimizerState !== null) blobs.remember(optimizer.id, optimizerState);
    },
  };
}

export async function readCheckpoint(
  { db, blobs }: Pick<Context, 'db' | 'blobs'>,
  groupId: string,
  version: number,
): Promise<StoredCheckpoint> {
  const row = await db.checkpoint.findUniqueOrThrow({
    where: { groupId_version: { groupId, version } },
    include: { blob: true, optimizerBlob: true },
  });
  const { tensors } = decode(await blobs.read(row.blob));
  const optimizerState =
    row.optimizerBlob === null ? new Map() : decode(await blobs.read(row.optimizerBlob)).tensors;
  return { version, blob: row.blob, tensors, optimizerState };
}

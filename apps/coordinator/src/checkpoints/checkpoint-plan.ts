// What a checkpoint's header tells, kept in memory for those in use: its tensors in the order of their bytes and their
// pieces. The checkpoint is the schema of the contributions made at it.
import { type Piece, planPieces } from '@colora/tensors/pieces';
import {
  headerLimit,
  lengthBytes,
  parseHeader,
  parseHeaderLength,
  type TensorInfo,
} from '@colora/tensors/safetensors/safetensors-header';
import type { BlobSize, BlobStore } from '../blobs/blob-store.ts';

export interface CheckpointPlan {
  /** The file's first bytes: length and JSON. */
  readonly headerBytes: Uint8Array;
  readonly tensors: readonly TensorInfo[];
  readonly pieces: readonly Piece[];
}

export interface PlanCache {
  read(blob: BlobSize): Promise<CheckpointPlan>;
}

/** Plans of the latest checkpoints of so many groups. */
const kept = 64;

export function createPlanCache(blobs: Pick<BlobStore, 'stream'>): PlanCache {
  const plans = new Map<string, Promise<CheckpointPlan>>();
  return {
    read(blob) {
      const known = plans.get(blob.id);
      if (known !== undefined) return known;
      const plan = readPlan(blobs, blob);
      plans.set(blob.id, plan);
      plan.catch(() => plans.delete(blob.id));
      for (const oldest of plans.keys()) {
        if (plans.size <= kept) break;
        plans.delete(oldest);
      }
      return plan;
    },
  };
}

async function readPlan(blobs: Pick<BlobStore, 'stream'>, blob: BlobSize): Promise<CheckpointPlan> {
  const length = parseHeaderLength(await take(blobs, blob, 0, lengthBytes), headerLimit, blob.bytes);
  const headerBytes = await take(blobs, blob, 0, lengthBytes + length);
  const { tensors } = parseHeader(headerBytes.subarray(lengthBytes), blob.bytes);
  return { headerBytes, tensors, pieces: planPieces(tensors) };
}

async function take(blobs: Pick<BlobStore, 'stream'>, blob: BlobSize, from: number, to: number) {
  const bytes = new Uint8Array(to - from);
  let at = 0;
  for await (const part of blobs.stream(blob, from, to)) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

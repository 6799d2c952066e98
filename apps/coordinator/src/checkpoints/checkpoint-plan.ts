// What a checkpoint's header tells, kept in memory for those in use: its tensors in the order of their bytes and their
// pieces. The checkpoint is the schema of the contributions made at it.
import { type NamedShape, type Piece, planPieces } from '@colora/tensors/pieces';
import {
  headerLimit,
  lengthBytes,
  parseHeader,
  parseHeaderLength,
} from '@colora/tensors/safetensors/safetensors-header';
import type { BlobSize, BlobStore } from '../blobs/blob-store.ts';

export interface CheckpointPlan {
  readonly tensors: readonly NamedShape[];
  readonly pieces: readonly Piece[];
  /** Of tensors at the end that the file lacks and the next one has: the tensor of the file they start from; null: zeros. */
  readonly starts: ReadonlyMap<string, string | null>;
}

/** A tensor that the next checkpoint of a group has beside those of this one. */
export interface AddedTensor extends NamedShape {
  readonly start: string | null;
}

export interface PlanCache {
  read(blob: BlobSize): Promise<CheckpointPlan>;
  /**
   * The plan with tensors added that the file lacks, in this order. `count` names them: the same number, the same ones.
   * Whatever was cut by a plan with fewer of them lies as by this one, since nothing before them moves.
   */
  readWith(
    blob: BlobSize,
    count: number,
    added: (plan: CheckpointPlan) => Promise<readonly AddedTensor[]>,
  ): Promise<CheckpointPlan>;
}

/** Plans of the latest checkpoints of so many groups. */
const kept = 64;

export function createPlanCache(blobs: Pick<BlobStore, 'stream'>): PlanCache {
  const plans = new Map<string, Promise<CheckpointPlan>>();
  const keep = (key: string, make: () => Promise<CheckpointPlan>): Promise<CheckpointPlan> => {
    const known = plans.get(key);
    if (known !== undefined) return known;
    const plan = make();
    plans.set(key, plan);
    plan.catch(() => plans.delete(key));
    for (const oldest of plans.keys()) {
      if (plans.size <= kept) break;
      plans.delete(oldest);
    }
    return plan;
  };
  const read = (blob: BlobSize) => keep(blob.id, () => readPlan(blobs, blob));
  return {
    read,
    readWith: (blob, count, added) =>
      count === 0
        ? read(blob)
        : keep(`${blob.id}/${count}`, async () => {
            const plan = await read(blob);
            return withAdded(plan, await added(plan));
          }),
  };
}

function withAdded(plan: CheckpointPlan, added: readonly AddedTensor[]): CheckpointPlan {
  const there = new Set(plan.tensors.map(({ name }) => name));
  const lacking = added.filter(({ name }) => !there.has(name));
  const tensors = [...plan.tensors, ...lacking.map(({ name, shape }) => ({ name, shape }))];
  const starts = new Map(lacking.map(({ name, start }) => [name, start]));
  return { tensors, pieces: planPieces(tensors), starts };
}

async function readPlan(blobs: Pick<BlobStore, 'stream'>, blob: BlobSize): Promise<CheckpointPlan> {
  const length = parseHeaderLength(await take(blobs, blob, 0, lengthBytes), headerLimit, blob.bytes);
  const headerBytes = await take(blobs, blob, lengthBytes, lengthBytes + length);
  const tensors = parseHeader(headerBytes, blob.bytes).tensors.map(({ name, shape }) => ({ name, shape }));
  return { tensors, pieces: planPieces(tensors), starts: new Map() };
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

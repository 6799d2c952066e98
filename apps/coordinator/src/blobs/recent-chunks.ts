// The chunks that came last, in memory of a fixed size: a round's contributions are summed soon after they came, and what
// is still here need not come out of the database. The database stays the only truth. A ring: the oldest make room.
import { uninitialised } from '@colora/tensors/safetensors/uninitialised';
import type { Chunk, ChunkPlace, TakeMemory } from './chunk-storage.ts';

interface RecentChunks {
  /** Copies it. A chunk is put once. */
  put(blobId: string, chunk: Chunk): void;
  has(place: ChunkPlace): boolean;
  /** A copy, in memory that `take` gives; undefined where it is not here, or no longer. */
  copy(place: ChunkPlace, take: TakeMemory): Uint8Array | undefined;
  /** Their memory is used next. */
  forget(blobIds: readonly string[]): void;
}

interface Entry {
  readonly blobId: string;
  readonly index: number;
  readonly at: number;
  readonly length: number;
}

/** At most `limit` bytes, taken when the first come. */
export function createRecentChunks(limit: number): RecentChunks {
  let ring: Uint8Array | undefined;
  let next = 0;
  const entries: Entry[] = []; // in the order they came: from `next` on round the ring
  const blobs = new Map<string, Map<number, Entry>>();

  function drop({ blobId, index }: Entry): void {
    const chunks = blobs.get(blobId);
    chunks?.delete(index);
    if (chunks?.size === 0) blobs.delete(blobId);
  }
  /** A place for so many bytes in a row, all entries in it dropped. */
  function room(length: number): number {
    if (next + length > limit) {
      while (entries.length > 0 && entries[0]!.at >= next) drop(entries.shift()!);
      next = 0;
    }
    const at = next;
    while (entries.length > 0 && entries[0]!.at >= at && entries[0]!.at < at + length) drop(entries.shift()!);
    next += length;
    return at;
  }
  const find = ({ blobId, index }: ChunkPlace) => blobs.get(blobId)?.get(index);
  return {
    put(blobId, { index, data }) {
      if (data.length > limit) return;
      ring ??= uninitialised(limit);
      const entry = { blobId, index, at: room(data.length), length: data.length };
      ring.set(data, entry.at);
      entries.push(entry);
      const chunks = blobs.get(blobId) ?? new Map<number, Entry>();
      blobs.set(blobId, chunks.set(index, entry));
    },
    has: (place) => find(place) !== undefined,
    copy(place, take) {
      const entry = find(place);
      if (entry === undefined) return undefined;
      const bytes = take(entry.length);
      bytes.set(ring!.subarray(entry.at, entry.at + entry.length));
      return bytes;
    },
    forget(blobIds) {
      for (const id of blobIds) blobs.delete(id);
      if (blobs.size > 0) return;
      entries.length = 0;
      next = 0;
    },
  };
}

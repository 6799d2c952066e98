// A blob on its way into the database: chunks are written in batches outside of any transaction, so that neither a slow
// sender nor a long computation keeps one open, and memory holds one batch. What becomes of the blob is its owner's affair.
import type { Chunk, ChunkStorage, NewBlob } from './chunk-storage.ts';

/** Written at once; the most that a staging holds, but for the chunk that fills it. */
const batchBytes = 1024 * 1024;

export interface Staging {
  readonly id: string;
  /** Takes over `data`. Returns when it may be given more. */
  add(index: number, data: Uint8Array): Promise<void>;
  /** Writes what is left; everything added is in the database then. */
  finish(): Promise<void>;
  /** Whether anything of it is in the database. */
  readonly begun: boolean;
}

export function createStaging(
  storage: ChunkStorage,
  id: string,
  known: NewBlob = { sha256: '', bytes: 0 },
  onWritten: (chunks: readonly Chunk[]) => void = () => undefined,
): Staging {
  let batch: Chunk[] = [];
  let inBatch = 0;
  let begun = false;
  const flush = async () => {
    const chunks = batch;
    batch = [];
    inBatch = 0;
    const begin = begun ? undefined : known;
    begun = true;
    await storage.write(id, chunks, begin);
    onWritten(chunks);
  };
  return {
    id,
    async add(index, data) {
      batch.push({ index, data });
      inBatch += data.length;
      if (inBatch >= batchBytes) await flush();
    },
    async finish() {
      if (batch.length > 0 || !begun) await flush();
    },
    get begun() {
      return begun;
    },
  };
}

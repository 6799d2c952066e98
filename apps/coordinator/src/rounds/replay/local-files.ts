// Files of a folder as the chunks that the coordinator keeps of them: the header, then a piece of the checkpoint's plan each. Where
// they lie is found once, while the file is read as a whole; then single pieces are read, as many as are asked for.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { uninitialised } from '@colora/tensors/safetensors/uninitialised';
import type { BlobSize, BlobStore } from '../../blobs/blob-store.ts';

/** Where each chunk of a file begins and ends, by its index. */
export type Cuts = ReadonlyMap<number, { readonly from: number; readonly to: number }>;

export interface LocalFiles extends Pick<BlobStore, 'stream' | 'chunks'> {
  /** Says where the chunks of a file lie; asked for chunks, only of such files. */
  cut(id: string, cuts: Cuts): void;
}

/** `pathOf`: of a file by its id. */
export function openLocalFiles(pathOf: (id: string) => string): LocalFiles {
  const known = new Map<string, Cuts>();
  return {
    cut: (id, cuts) => void known.set(id, cuts),
    async *stream({ id }: BlobSize, from = 0, to = Number.POSITIVE_INFINITY) {
      if (to > from) yield* createReadStream(pathOf(id), { start: from, end: to - 1 });
    },
    async *chunks(places, take = uninitialised) {
      for (const { blobId, index } of places) {
        const { from, to } = known.get(blobId)!.get(index)!;
        const memory = take(to - from);
        const file = await open(pathOf(blobId));
        try {
          await file.read(memory, 0, memory.length, from);
        } finally {
          await file.close();
        }
        yield memory;
      }
    },
  };
}

// The blobs that were read last, in bounded memory. It knows nothing of databases.
import { createLruCache } from '@colora/tensors/lru-cache';

interface ByteCache {
  /** Larger ones are not kept: a single blob must not sweep out all the others. */
  readonly largest: number;
  get(key: string): Uint8Array | undefined;
  put(key: string, bytes: Uint8Array): void;
}

export function createByteCache(limit: number): ByteCache {
  const largest = Math.floor((limit * 3) / 4);
  return { largest, ...createLruCache<Uint8Array>({ limit, largest, sizeOf: (bytes) => bytes.byteLength }) };
}

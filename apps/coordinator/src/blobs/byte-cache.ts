// A bounded memory of byte arrays, least recently used out first. It knows nothing of databases.

export interface ByteCache {
  /** Larger ones are not kept: a single blob must not sweep out all the others. */
  readonly largest: number;
  get(key: string): Uint8Array | undefined;
  put(key: string, bytes: Uint8Array): void;
}

export function createByteCache(limit: number): ByteCache {
  const entries = new Map<string, Uint8Array>(); // in order of use, oldest first
  const largest = Math.floor((limit * 3) / 4);
  let total = 0;
  const drop = (key: string) => {
    total -= entries.get(key)?.byteLength ?? 0;
    entries.delete(key);
  };
  return {
    largest,
    get(key) {
      const bytes = entries.get(key);
      if (bytes === undefined) return undefined;
      entries.delete(key);
      entries.set(key, bytes);
      return bytes;
    },
    put(key, bytes) {
      drop(key);
      if (bytes.byteLength > largest) return;
      entries.set(key, bytes);
      total += bytes.byteLength;
      for (const oldest of entries.keys()) {
        if (total <= limit) break;
        drop(oldest);
      }
    },
  };
}

// A bounded memory of anything that has a size in bytes, least recently used out first. It knows nothing of what it holds.

export interface LruCache<Value> {
  get(key: string): Value | undefined;
  /** In the place of what was under the key; one that is larger than `largest` is not kept. */
  put(key: string, value: Value): void;
  /** Of all that is kept. */
  readonly bytes: number;
}

export interface LruOptions<Value> {
  /** Bytes of everything together. */
  readonly limit: number;
  /** Bytes of one value, at most the limit (the default). */
  readonly largest?: number;
  readonly sizeOf: (value: Value) => number;
  /** Told what has to go for others, and what is too large to be kept. */
  readonly onDropped?: (value: Value) => void;
}

export function createLruCache<Value>({
  limit,
  largest = limit,
  sizeOf,
  onDropped = () => undefined,
}: LruOptions<Value>): LruCache<Value> {
  const entries = new Map<string, { readonly value: Value; readonly size: number }>(); // oldest first
  let bytes = 0;
  const drop = (key: string) => {
    bytes -= entries.get(key)?.size ?? 0;
    entries.delete(key);
  };
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    put(key, value) {
      drop(key);
      const size = sizeOf(value);
      if (size > largest) return onDropped(value);
      entries.set(key, { value, size });
      bytes += size;
      for (const [oldest, entry] of entries) {
        if (bytes <= limit) break;
        drop(oldest);
        onDropped(entry.value);
      }
    },
    get bytes() {
      return bytes;
    },
  };
}

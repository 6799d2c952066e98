// Bounded memory for what the frozen part of a model computes: rows by (prefix graph, example), least recently used
// first out. Knows no graphs and no sessions (onnx-engine.ts).

/** One example's slice of every tensor at the frontier between the frozen prefix and the rest. */
export type PrefixRows = readonly Float32Array[];

export interface PrefixCache {
  get(graph: string, example: string): PrefixRows | undefined;
  /** Keeps the rows unless they alone exceed the limit. */
  put(graph: string, example: string, rows: PrefixRows): void;
  readonly bytes: number;
}

export function createPrefixCache(maxBytes: number): PrefixCache {
  const entries = new Map<string, { rows: PrefixRows; size: number }>(); // oldest first
  let bytes = 0;
  const keyOf = (graph: string, example: string) => `${graph}/${example}`;
  return {
    get(graph, example) {
      const key = keyOf(graph, example);
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.rows;
    },
    put(graph, example, rows) {
      const key = keyOf(graph, example);
      const size = rows.reduce((sum, row) => sum + row.byteLength, 0);
      if (size > maxBytes) return;
      bytes += size - (entries.get(key)?.size ?? 0);
      entries.delete(key);
      entries.set(key, { rows, size });
      for (const [oldest, entry] of entries) {
        if (bytes <= maxBytes) break;
        entries.delete(oldest);
        bytes -= entry.size;
      }
    },
    get bytes() {
      return bytes;
    },
  };
}

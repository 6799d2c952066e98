// Bounded memory for what the frozen part of a model computes: rows by (prefix graph, example), least recently used
// first out. Knows no graphs and no sessions (onnx-engine.ts).
import { createLruCache } from '@colora/tensors/lru-cache';

/** One example's slice of every tensor at the frontier between the frozen prefix and the rest. */
export type PrefixRows = readonly Float32Array[];

export interface PrefixCache {
  get(graph: string, example: string): PrefixRows | undefined;
  /** Keeps the rows unless they alone exceed the limit. */
  put(graph: string, example: string, rows: PrefixRows): void;
  readonly bytes: number;
}

export function createPrefixCache(maxBytes: number): PrefixCache {
  const rowsOf = createLruCache<PrefixRows>({
    limit: maxBytes,
    sizeOf: (rows) => rows.reduce((sum, row) => sum + row.byteLength, 0),
  });
  const keyOf = (graph: string, example: string) => `${graph}/${example}`;
  return {
    get: (graph, example) => rowsOf.get(keyOf(graph, example)),
    put: (graph, example, rows) => rowsOf.put(keyOf(graph, example), rows),
    get bytes() {
      return rowsOf.bytes;
    },
  };
}

// Bounded memory for what the frozen part of a model computes: rows by (prefix graph, example). What was used the longest ago
// goes into files where there are some. Knows no graphs and no sessions (onnx-engine.ts).
import { createLruCache } from '@colora/tensors/lru-cache';
import { bytesOfRows, type PrefixFiles, type PrefixRows } from './prefix-files.ts';

export interface PrefixCache {
  get(graph: string, example: string): PrefixRows | undefined;
  put(graph: string, example: string, rows: PrefixRows): void;
  /** In memory, and in files. */
  readonly bytes: number;
  readonly filed: number;
  close(): void;
}

interface Kept {
  readonly graph: string;
  readonly example: string;
  readonly rows: PrefixRows;
}

export function createPrefixCache(maxBytes: number, files?: PrefixFiles): PrefixCache {
  const inMemory = createLruCache<Kept>({
    limit: maxBytes,
    sizeOf: ({ rows }) => bytesOfRows(rows),
    onDropped: ({ graph, example, rows }) => files?.put(graph, example, rows),
  });
  const keyOf = (graph: string, example: string) => `${graph}/${example}`;
  return {
    // what comes from a file stays there alone: examples come round by round, and each would push out the one that is due next
    get: (graph, example) => inMemory.get(keyOf(graph, example))?.rows ?? files?.get(graph, example),
    put: (graph, example, rows) => inMemory.put(keyOf(graph, example), { graph, example, rows }),
    get bytes() {
      return inMemory.bytes;
    },
    get filed() {
      return files?.bytes ?? 0;
    },
    close: () => files?.close(),
  };
}

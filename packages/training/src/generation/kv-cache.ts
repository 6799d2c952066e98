// Keys and values of the tokens read so far, layer by layer, in buffers of a fixed number of slots.
// One text; slot i holds token i. Which tokens they belong to is remembered here, what they mean is not.
import type { Inputs, Outputs } from '../engines/engine.ts';

export interface CacheShape {
  readonly layers: number;
  readonly keyHeads: number;
  readonly headSize: number;
}

export interface KvCache {
  /** The tokens whose keys and values are kept. */
  readonly ids: readonly number[];
  readonly capacity: number;
  /** The buffers as inputs `keys:<layer>` and `values:<layer>`, [1, keyHeads, capacity, headSize]. */
  readonly inputs: Inputs;
  /** Appends tokens from a run's `new-keys:<layer>` and `new-values:<layer>`, [1, keyHeads, T, headSize], T >= tokens. */
  append(ids: readonly number[], outputs: Outputs): void;
  /** Forgets all tokens from this one on. */
  cutAt(length: number): void;
  /** The same tokens in more slots. */
  grown(capacity: number): KvCache;
}

export function kvCache(shape: CacheShape, capacity: number): KvCache {
  return cacheOf(shape, capacity, [], emptyBuffers(shape, capacity));
}

function emptyBuffers({ layers, keyHeads, headSize }: CacheShape, capacity: number) {
  const names = Array.from({ length: layers }, (_, layer) => [`keys:${layer}`, `values:${layer}`]).flat();
  return new Map(names.map((name) => [name, new Float32Array(keyHeads * capacity * headSize)]));
}

function cacheOf(
  shape: CacheShape,
  capacity: number,
  start: readonly number[],
  buffers: ReadonlyMap<string, Float32Array>,
): KvCache {
  const { keyHeads, headSize } = shape;
  const ids = [...start];
  return {
    ids,
    capacity,
    inputs: Object.fromEntries(buffers),
    append(added, outputs) {
      if (ids.length + added.length > capacity) throw new RangeError(`the cache has ${capacity} slots`);
      for (const [name, buffer] of buffers) {
        const { shape: outputShape, data } = outputs[`new-${name}`]!;
        const length = outputShape[2]!; // T
        for (let head = 0; head < keyHeads; head += 1) {
          const from = head * length * headSize;
          const values = data.subarray(from, from + added.length * headSize);
          buffer.set(values, (head * capacity + ids.length) * headSize);
        }
      }
      ids.push(...added);
    },
    cutAt(length) {
      ids.length = Math.min(ids.length, length);
    },
    grown(larger) {
      const next = emptyBuffers(shape, larger);
      for (const [name, buffer] of buffers) {
        for (let head = 0; head < keyHeads; head += 1) {
          const from = head * capacity * headSize;
          const rows = buffer.subarray(from, from + ids.length * headSize);
          next.get(name)!.set(rows, head * larger * headSize);
        }
      }
      return cacheOf(shape, larger, ids, next);
    },
  };
}

// The frozen prefix of a program: everything that depends on no trained tensor, computed once an example and kept.
// Splitting the graph is the compiler's work; here its outputs are cut into examples and put together again.
import { elementCount } from '@colora/tensors/tensor';
import type { Graph, NamedValue } from '@colora/tfjs-onnx/graph';
import type { PrefixCache } from './prefix-cache.ts';
import type { PrefixRows } from './prefix-files.ts';

/** Runs the prefix for a whole batch: values by output name. */
type RunPrefix = () => Promise<Record<string, Float32Array>>;

export interface FrozenPrefix {
  /**
   * The frontier tensors of the batch whose rows have these keys (undefined: always computed).
   * They may lie in buffers that the next call fills again.
   */
  outputs(keys: readonly string[] | undefined, run: RunPrefix): Promise<Record<string, Float32Array>>;
}

/**
 * `graphKey` names the prefix graph and the weights behind it. Every output depends on the examples (the compiler's
 * promise), so it can be cut where its leading dimension is a multiple of the batch: B, B * T, B * heads are all
 * laid out example by example. If any output can't be cut, nothing is kept.
 */
export function frozenPrefix(
  graph: Graph,
  graphKey: string,
  batch: number,
  cache: PrefixCache,
): FrozenPrefix {
  const { outputs } = graph;
  const cuttable = outputs.every(({ value }) => (value.shape[0] ?? 0) % batch === 0);
  if (!cuttable) return { outputs: (_, run) => run() };
  // megabytes a step: made once, or the garbage collector would have them all the time
  const buffers = outputs.map(({ value }) => new Float32Array(elementCount(value.shape)));

  return {
    async outputs(keys, run) {
      if (keys === undefined) return run();
      const rows = keys.map((key) => cache.get(graphKey, key));
      if (rows.every((row) => row !== undefined)) return assemble(outputs, rows, buffers);
      const computed = await run();
      keys.forEach((key, row) => {
        if (rows[row] !== undefined) return;
        cache.put(
          graphKey,
          key,
          outputs.map(({ name }) => slice(computed[name]!, row, batch)),
        );
      });
      return computed;
    },
  };
}

function slice(values: Float32Array, row: number, batch: number): Float32Array {
  const size = values.length / batch;
  return values.slice(row * size, (row + 1) * size);
}

function assemble(
  outputs: readonly NamedValue[],
  rows: readonly PrefixRows[],
  buffers: readonly Float32Array[],
): Record<string, Float32Array> {
  return Object.fromEntries(
    outputs.map(({ name }, index) => {
      const values = buffers[index]!;
      const size = values.length / rows.length;
      for (const [at, row] of rows.entries()) values.set(row[index]!, at * size);
      return [name, values];
    }),
  );
}

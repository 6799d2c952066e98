// How much memory a graph's own tensors take at the worst moment, counted along the order in which its nodes run.
// Weights in their files and what the runtime needs for itself come on top; they are the caller's to add.
import { bytesOf, type Graph, type Value } from './graph.ts';
import { ownersOf } from './views.ts';

/** Bytes of inputs, constants and of all values that are there at the same time while the graph runs. */
export function peakMemory(graph: Graph): number {
  const owner = ownersOf(graph);
  const lastUse = new Map<Value, number>();
  graph.nodes.forEach(({ inputs, outputs }, place) => {
    for (const value of [...inputs, ...outputs]) lastUse.set(owner(value), place);
  });
  for (const { value } of graph.outputs) lastUse.set(owner(value), graph.nodes.length);
  const ending = new Map<number, Value[]>();
  for (const [value, place] of lastUse) ending.set(place, [...(ending.get(place) ?? []), value]);
  const made = new Set<Value>();
  let now = 0;
  let peak = 0;
  graph.nodes.forEach(({ outputs }, place) => {
    for (const output of outputs) {
      if (owner(output) !== output) continue;
      made.add(output);
      now += bytesOf(output);
    }
    peak = Math.max(peak, now);
    for (const value of ending.get(place) ?? []) if (made.has(value)) now -= bytesOf(value);
  });
  return peak + givenBytes(graph);
}

/** Bytes of the weights that lie in files, in whatever form they are stored. */
export function weightBytes({ externals }: Graph): number {
  return externals.reduce((sum, { tensor }) => {
    const { quantised } = tensor;
    if (quantised === undefined) return sum + tensor.length;
    const matrices = quantised.bits === 8 ? [quantised.plain, quantised.transposed] : [quantised.rows];
    return sum + matrices.reduce((total, { data, scales }) => total + data.length + scales.length, 0);
  }, 0);
}

function givenBytes({ inputs, constants }: Graph): number {
  const given = inputs.reduce((sum, { value }) => sum + bytesOf(value), 0);
  return constants.reduce((sum, { data }) => sum + data.byteLength, given);
}

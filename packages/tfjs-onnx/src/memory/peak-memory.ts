// How much memory a graph takes at the worst moment, counted along the order in which its nodes run: its own tensors, and
// the weights that it reads. What the runtime needs for itself comes on top; that is the caller's to add.
import { bytesOf, type External, type Graph, sizeOf, type Value, weightsOf } from '../graph.ts';
import { ownersOf } from '../views.ts';
import { convertedBy, copyServes } from './conversions.ts';

/**
 * Bytes of inputs, constants and of all values that are there at the same time while the graph runs, floats made of weights
 * among them.
 */
export function peakMemory(graph: Graph): number {
  const owner = ownersOf(graph);
  const lastUse = new Map<Value, number>();
  graph.nodes.forEach(({ inputs, outputs }, place) => {
    for (const value of [...inputs, ...outputs]) lastUse.set(owner(value), place);
  });
  for (const { value } of graph.outputs) lastUse.set(owner(value), graph.nodes.length);
  const changes = new Float64Array(graph.nodes.length + 2); // at a place, before its node runs
  const lives = (bytes: number, from: number, to: number): void => {
    changes[from]! += bytes;
    changes[to + 1]! -= bytes;
  };
  graph.nodes.forEach(({ outputs }, place) => {
    for (const output of outputs) {
      if (owner(output) === output) lives(bytesOf(output), place, lastUse.get(output)!);
    }
  });
  for (const { bytes, from, to } of copiesOfWeights(graph)) lives(bytes, from, to);
  let now = 0;
  let peak = 0;
  for (const change of changes) {
    now += change;
    peak = Math.max(peak, now);
  }
  return peak + givenBytes(graph);
}

interface Copy {
  readonly bytes: number;
  readonly from: number;
  to: number;
}

function copiesOfWeights(graph: Graph): Copy[] {
  const weights = weightsOf(graph);
  const newest = new Map<External, Copy>();
  const copies: Copy[] = [];
  graph.nodes.forEach((node, place) => {
    for (const external of convertedBy(node, weights)) {
      const known = newest.get(external);
      if (known !== undefined && place - known.from <= copyServes) {
        known.to = place;
        continue;
      }
      const copy = { bytes: bytesOf(external.value), from: place, to: place };
      newest.set(external, copy);
      copies.push(copy);
    }
  });
  return copies;
}

/** Choosing a row of a weight brings what the system keeps of the file around it into memory: up to this much. */
const besideARow = 2 ** 19;

/**
 * Bytes of the weights that lie in files, in whatever form they are stored, as far as the graph reads them. Rows of a
 * matrix that are weights of their own (passes/weight-rows.ts) count beside it, as they are mapped.
 */
export function weightBytes(graph: Graph): number {
  const chosen = chosenRows(graph);
  return graph.externals.reduce((sum, { value, tensor }) => {
    const { quantised, length } = tensor;
    if (quantised === undefined) {
      return sum + Math.min(length, (chosen.get(value) ?? Number.POSITIVE_INFINITY) * besideARow);
    }
    const matrices = 'plain' in quantised ? [quantised.plain, quantised.transposed] : [quantised.rows];
    return sum + matrices.reduce((total, { data, scales }) => total + data.length + scales.length, 0);
  }, 0);
}

/** How many rows are chosen at once of the weights of which nothing else is used. */
function chosenRows(graph: Graph): Map<Value, number> {
  const chosen = new Map<Value, number>();
  for (const { kernel, inputs } of graph.nodes) {
    inputs.forEach((input, operand) => {
      const rows =
        kernel === 'GatherV2' && operand === 0 ? sizeOf(inputs[1]!.shape) : Number.POSITIVE_INFINITY;
      chosen.set(input, Math.max(chosen.get(input) ?? 0, rows));
    });
  }
  return chosen;
}

function givenBytes({ inputs, constants }: Graph): number {
  const given = inputs.reduce((sum, { value }) => sum + bytesOf(value), 0);
  return constants.reduce((sum, { data }) => sum + data.byteLength, given);
}

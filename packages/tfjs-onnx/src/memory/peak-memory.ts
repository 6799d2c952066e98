// How much memory a graph takes at the worst moment, counted along the order in which its nodes run: its own tensors, and
// the weights that it reads. What the runtime needs for itself comes on top; that is the caller's to add.
import { bytesOf, type External, type Graph, type Value, weightsOf } from '../graph.ts';
import { ownersOf } from '../views.ts';
import { convertedBy, copyServes } from './conversions.ts';

/** Something in memory, from one node's place to another's. */
interface Buffer {
  readonly bytes: number;
  readonly from: number;
  to: number;
  /** What onnxruntime takes again for a later value of the same shape; undefined: not taken again. */
  readonly form: string | undefined;
}

/**
 * Bytes of inputs, constants and of all values that are there at the same time while the graph runs, floats made of weights
 * among them. onnxruntime plans ahead (its allocation_planner.cc): a value takes the buffer of one that is no longer needed
 * and has the same shape, and that buffer stays in between, however long.
 */
export function peakMemory(graph: Graph): number {
  const changes = new Float64Array(graph.nodes.length + 2); // at a place, before its node runs
  for (const { bytes, from, to } of takenAgain([...valuesOf(graph), ...copiesOfWeights(graph)])) {
    changes[from]! += bytes;
    changes[to + 1]! -= bytes;
  }
  let now = 0;
  let peak = 0;
  for (const change of changes) {
    now += change;
    peak = Math.max(peak, now);
  }
  return peak + givenBytes(graph);
}

/** Of those that are free the one that was freed last is taken. */
function takenAgain(values: readonly Buffer[]): Buffer[] {
  const buffers: Buffer[] = [];
  const byForm = new Map<string, Buffer[]>();
  for (const value of values.toSorted((a, b) => a.from - b.from)) {
    const { form, from, to } = value;
    const alike = form === undefined ? [] : (byForm.get(form) ?? []);
    const free = alike
      .filter((buffer) => buffer.to < from)
      .reduce<Buffer | undefined>(
        (last, buffer) => (last && last.to >= buffer.to ? last : buffer),
        undefined,
      );
    if (free !== undefined) {
      free.to = to;
      continue;
    }
    buffers.push(value);
    if (form !== undefined) byForm.set(form, [...alike, value]);
  }
  return buffers;
}

function valuesOf(graph: Graph): Buffer[] {
  const owner = ownersOf(graph);
  const lastUse = new Map<Value, number>();
  graph.nodes.forEach(({ inputs, outputs }, place) => {
    for (const value of [...inputs, ...outputs]) lastUse.set(owner(value), place);
  });
  const results = new Set(graph.outputs.map(({ value }) => owner(value)));
  for (const value of results) lastUse.set(value, graph.nodes.length);
  return graph.nodes.flatMap(({ outputs }, from) =>
    outputs
      .filter((output) => owner(output) === output)
      .map((output) => ({
        bytes: bytesOf(output),
        from,
        to: lastUse.get(output)!,
        form: results.has(output) ? undefined : formOf(output),
      })),
  );
}

function formOf({ shape, dtype }: Value): string | undefined {
  return shape.length === 0 ? undefined : `${dtype} ${shape}`;
}

function copiesOfWeights(graph: Graph): Buffer[] {
  const weights = weightsOf(graph);
  const newest = new Map<External, Buffer>();
  const copies: Buffer[] = [];
  graph.nodes.forEach((node, place) => {
    for (const external of convertedBy(node, weights)) {
      const known = newest.get(external);
      if (known !== undefined && place - known.from <= copyServes) {
        known.to = place;
        continue;
      }
      const { value } = external;
      const copy = { bytes: bytesOf(value), from: place, to: place, form: formOf(value) };
      newest.set(external, copy);
      copies.push(copy);
    }
  });
  return copies;
}

/**
 * Bytes of the weights that lie in files, in whatever form they are stored, as far as the graph reads them. Rows of a
 * matrix that are weights of their own (passes/weight-rows.ts) count beside it, as they are mapped. Of a matrix in bytes,
 * which lies there for either direction, those that are used count; one in blocks that is multiplied as it lies and made
 * floats too (onnx-writer.ts) counts twice, under two names.
 */
export function weightBytes(graph: Graph): number {
  const directions = directionsOf(graph);
  return graph.externals.reduce((sum, { value, tensor: { quantised, length } }) => {
    if (quantised === undefined) return sum + length;
    const matrices = [...(directions.get(value) ?? [])].map((transposed) => {
      if (!('plain' in quantised)) return quantised.rows;
      return transposed ? quantised.transposed : quantised.plain;
    });
    return sum + matrices.reduce((total, { data, scales }) => total + data.length + scales.length, 0);
  }, 0);
}

/** Whether products use a weight as it is, transposed, or both. */
function directionsOf(graph: Graph): Map<Value, Set<boolean>> {
  const weights = weightsOf(graph);
  const directions = new Map<Value, Set<boolean>>();
  for (const { inputs, attributes } of graph.nodes) {
    const external = weights.get(inputs[1]!);
    if (external === undefined) continue;
    const known = directions.get(external.value) ?? new Set();
    directions.set(external.value, known.add(attributes.transposeB === true));
  }
  return directions;
}

function givenBytes({ inputs, constants }: Graph): number {
  const given = inputs.reduce((sum, { value }) => sum + bytesOf(value), 0);
  return constants.reduce((sum, { data }) => sum + data.byteLength, given);
}

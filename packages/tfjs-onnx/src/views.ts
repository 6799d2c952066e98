// Values that lie in the memory of another.
import type { Graph, Value } from './graph.ts';

/** Kernels whose result lies where their operand does. */
const views: ReadonlySet<string> = new Set(['Reshape']);

/** The value whose memory holds this one: itself, but for views. */
export function ownersOf(graph: Graph): (value: Value) => Value {
  const owners = new Map<Value, Value>();
  const owner = (value: Value): Value => owners.get(value) ?? value;
  for (const { kernel, inputs, outputs } of graph.nodes) {
    if (views.has(kernel)) owners.set(outputs[0]!, owner(inputs[0]!));
  }
  return owner;
}

// Common subexpressions: nodes of one kernel with equal operands and attributes are computed once.
import type { Constant, Graph, Node, Value } from '../graph.ts';
import { Substitution } from './substitution.ts';

/** The graph with equal nodes and equal constants merged. No kernel that can be traced has effects. */
export function deduplicate(graph: Graph): Graph {
  const substitution = new Substitution();
  const constants = mergeConstants(graph.constants, substitution);
  const first = new Map<string, Node>();
  const nodes: Node[] = [];
  for (const original of graph.nodes) {
    const node = substitution.apply(original);
    const key = keyOf(node);
    const known = first.get(key);
    if (known === undefined) {
      first.set(key, node);
      nodes.push(node);
    } else {
      node.outputs.forEach((output, i) => {
        substitution.replace(output, known.outputs[i]!);
      });
    }
  }
  return { ...graph, constants, nodes, outputs: substitution.outputs(graph.outputs) };
}

function keyOf({ kernel, inputs, attributes, outputs }: Node): string {
  const results = outputs.map(({ shape, dtype }) => [shape, dtype]);
  return JSON.stringify([kernel, inputs.map(({ id }) => id), attributes, results]);
}

/** Compares only constants of one shape; those that differ mostly do so in their first bytes. */
function mergeConstants(constants: readonly Constant[], substitution: Substitution): Constant[] {
  const alike = new Map<string, { value: Value; bytes: Buffer }[]>();
  return constants.filter(({ value, data, splat }) => {
    const key = `${value.dtype} ${value.shape} ${splat}`;
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const candidates = alike.get(key) ?? [];
    const known = candidates.find((candidate) => candidate.bytes.equals(bytes));
    if (known !== undefined) substitution.replace(value, known.value);
    else alike.set(key, [...candidates, { value, bytes }]);
    return known === undefined;
  });
}

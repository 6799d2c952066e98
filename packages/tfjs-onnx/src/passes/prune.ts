// Dead code: nodes, constants and weights that no output needs. Inputs stay, so that the signature does.
import type { Graph, Node, Value } from '../graph.ts';

/**
 * The graph without what no output depends on. Inputs are kept unless `dropInputs`; a value that is an input
 * is taken from there, also where a node makes it too.
 */
export function prune(graph: Graph, options: { dropInputs?: boolean } = {}): Graph {
  const given = new Set<Value>(graph.inputs.map(({ value }) => value));
  const needed = new Set<Value>(graph.outputs.map(({ value }) => value));
  const kept: Node[] = [];
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i]!;
    if (!node.outputs.some((output) => needed.has(output) && !given.has(output))) continue;
    for (const input of node.inputs) needed.add(input);
    kept.push(node);
  }
  return {
    inputs: options.dropInputs ? graph.inputs.filter(({ value }) => needed.has(value)) : graph.inputs,
    externals: graph.externals.filter(({ value }) => needed.has(value)),
    constants: graph.constants.filter(({ value }) => needed.has(value)),
    nodes: kept.reverse(),
    outputs: graph.outputs,
  };
}

// silu(g) = g sigmoid(g) as one node, which leaves no sigmoid behind: a backward pass that needs one makes it when it
// comes there, from g, which it needs as well.
import type { Graph, Node, Value } from '../graph.ts';

/** The same function with `Silu` nodes, and sigmoids that others use moved to the first of those. */
export function fuseSilu(graph: Graph): Graph {
  const sigmoids = new Map<Value, Node>();
  for (const node of graph.nodes) if (node.kernel === 'Sigmoid') sigmoids.set(node.outputs[0]!, node);
  const moved = new Set<Node>();
  const fused = graph.nodes.map((node) => {
    const gate = node.kernel === 'Multiply' ? gateOf(node, sigmoids) : undefined;
    if (gate === undefined) return node;
    for (const input of node.inputs) if (sigmoids.has(input)) moved.add(sigmoids.get(input)!);
    return { ...node, kernel: 'Silu', inputs: [gate] };
  });
  if (moved.size === 0) return graph;
  const kept = new Set<Value>(graph.outputs.map(({ value }) => value));
  const nodes: Node[] = [];
  for (const node of fused) {
    if (moved.has(node) && !kept.has(node.outputs[0]!)) continue;
    for (const input of node.inputs) {
      const late = sigmoids.get(input);
      if (late === undefined || kept.has(input) || !moved.has(late)) continue;
      nodes.push(late);
      moved.delete(late);
    }
    nodes.push(node);
  }
  return { ...graph, nodes };
}

/** g, where the node is g sigmoid(g). */
function gateOf({ inputs }: Node, sigmoids: ReadonlyMap<Value, Node>): Value | undefined {
  const [a, b] = inputs as [Value, Value];
  if (sigmoids.get(b)?.inputs[0] === a) return a;
  return sigmoids.get(a)?.inputs[0] === b ? b : undefined;
}

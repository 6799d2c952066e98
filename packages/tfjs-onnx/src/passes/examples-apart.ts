// What a model makes of an example, whatever examples lie beside it. Products with weights in bytes round all their rows with
// one scale, so that a row's product depends on its neighbours: where it is kept and used again, it would depend on who came first.
import { type Graph, type Node, newValue, type Value, weightsOf } from '../graph.ts';

/** Every product with a weight in bytes is made example by example; rows of [examples * n, width] lie example by example. */
export function examplesApart(graph: Graph, examples: number): Graph {
  if (examples === 1) return graph;
  const weights = weightsOf(graph);
  const roundsRows = ({ kernel, inputs }: Node): boolean => {
    const [x, weight] = inputs as [Value, Value];
    const quantised = kernel === 'BatchMatMul' ? weights.get(weight)?.tensor.quantised : undefined;
    return quantised !== undefined && 'plain' in quantised && x.shape[0]! % examples === 0;
  };
  const nodes = graph.nodes.flatMap((node) => (roundsRows(node) ? oneByOne(node, examples) : [node]));
  return { ...graph, nodes };
}

function oneByOne(node: Node, examples: number): Node[] {
  const [x, weight] = node.inputs as [Value, Value];
  const [result] = node.outputs as [Value];
  const [rows, width] = x.shape as [number, number];
  const size = rows / examples;
  const each = Array.from({ length: examples }, (_, i) => {
    const own = newValue([size, width], 'float32');
    const attributes = { begin: [i * size, 0], end: [(i + 1) * size, width], strides: [1, 1] };
    const product = newValue([size, result.shape[1]!], 'float32');
    const nodes: Node[] = [
      { kernel: 'Slice', inputs: [x], attributes, outputs: [own] },
      { ...node, inputs: [own, weight], outputs: [product] },
    ];
    return { nodes, product };
  });
  const inputs = each.map(({ product }) => product);
  return [
    ...each.flatMap(({ nodes }) => nodes),
    { kernel: 'Concat', inputs, attributes: { axis: 0 }, outputs: [result] },
  ];
}

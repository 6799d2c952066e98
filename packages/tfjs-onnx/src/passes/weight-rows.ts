// Rows cut out of a weight are a weight of their own: they lie in the file as they are, and nothing has to be copied.
// Weights in fewer bits are left alone.
import {
  type External,
  type ExternalTensor,
  type Graph,
  type Node,
  newValue,
  type Value,
  weightsOf,
} from '../graph.ts';
import { attributeNumbers } from '../kernel-row.ts';
import { prune } from './prune.ts';

/** Slices of whole rows of a weight become weights `name[from:to]`, places in the same file. */
export function sliceWeights(graph: Graph): Graph {
  const weights = weightsOf(graph);
  const rows: External[] = [];
  const nodes = graph.nodes.filter((node) => {
    const cut = rowsOf(node, weights);
    if (cut !== undefined) rows.push(cut);
    return cut === undefined;
  });
  if (rows.length === 0) return graph;
  return prune({ ...graph, externals: [...graph.externals, ...rows], nodes });
}

function rowsOf(node: Node, weights: ReadonlyMap<Value, External>): External | undefined {
  if (node.kernel !== 'Slice') return undefined;
  const tensor = weights.get(node.inputs[0]!)?.tensor;
  if (tensor === undefined || tensor.quantised !== undefined) return undefined;
  const [begin, end] = [attributeNumbers(node, 'begin'), attributeNumbers(node, 'end')];
  const whole = tensor.shape.every((size, axis) => axis === 0 || (begin[axis] === 0 && end[axis] === size));
  if (!whole || attributeNumbers(node, 'strides').some((stride) => stride !== 1)) return undefined;
  return weightRows(tensor, begin[0]!, end[0]!, node.outputs[0]);
}

/** Some rows of a weight in its file; `value` stands for them. */
export function weightRows(
  tensor: ExternalTensor,
  from: number,
  to: number,
  value: Value = newValue(tensor.shape.with(0, to - from), 'float32'),
): External {
  const row = tensor.length / tensor.shape[0]!;
  const name = `${tensor.name}[${from}:${to}]`;
  const place = { offset: tensor.offset + from * row, length: row * (to - from) };
  return { value, tensor: { ...tensor, name, shape: value.shape, ...place } };
}

// Rows of a weight that an input chooses, a model's embeddings above all: whoever runs the graph can read these few rows
// himself. A weight that a runtime knows is mapped, around each row that is touched whatever the system keeps of the file in
// one piece (up to 2 MB on Linux), or copied to a device as a whole.
import { type ExternalTensor, type Graph, type NamedValue, type Node, weightsOf } from '../graph.ts';
import { attributeNumber } from '../kernel-row.ts';
import { prune } from './prune.ts';

export interface ChosenRows {
  /** The input that they are now: [...shape of the places, ...shape of a row], float32. */
  readonly name: string;
  readonly tensor: ExternalTensor;
  /** The int32 input with the places of the rows. */
  readonly places: string;
}

/** The graph with such rows as inputs, after its own; weights in fewer bits have none. Graph and weights have to be as traced. */
export function takeChosenRows(graph: Graph): { readonly graph: Graph; readonly chosen: ChosenRows[] } {
  const weights = weightsOf(graph);
  const names = new Map(graph.inputs.map(({ name, value }) => [value, name]));
  const inputs: NamedValue[] = [];
  const chosen: ChosenRows[] = [];
  for (const node of graph.nodes) {
    if (!choosesRows(node)) continue;
    const tensor = weights.get(node.inputs[0]!)?.tensor;
    const places = names.get(node.inputs[1]!);
    if (tensor === undefined || tensor.quantised !== undefined || places === undefined) continue;
    const name = `${tensor.name}[${places}]`;
    inputs.push({ name, value: node.outputs[0]! });
    chosen.push({ name, tensor, places });
  }
  if (chosen.length === 0) return { graph, chosen };
  return { graph: prune({ ...graph, inputs: [...graph.inputs, ...inputs] }), chosen };
}

function choosesRows(node: Node): boolean {
  if (node.kernel !== 'GatherV2') return false;
  return attributeNumber(node, 'axis') === 0 && attributeNumber(node, 'batchDims') === 0;
}

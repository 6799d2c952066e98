// Products with large weights that are stored in 16 bits, some rows at a time. Weights have to be made floats before they are
// multiplied: floats of a whole matrix go to memory and come back from there, those of some rows stay in the processor's cache,
// where the next rows' take their place (docs/decisions.md has what that saves).
import {
  bytesOf,
  type External,
  type ExternalTensor,
  type Graph,
  type Node,
  newValue,
  type Value,
  weightsOf,
} from '../graph.ts';
import { prune } from './prune.ts';
import { weightRows } from './weight-rows.ts';

/** Rows at a time: fewer would cost more for beginning a product and adding up its parts than they save. */
const partRows = 512;

/** Floats of smaller matrices stay in the cache as they are. */
const wholeBytes = 4 * 2 ** 20;

/** x W^T becomes its columns side by side, x W the sum over parts of x's columns, each added to the one before. */
export function multiplyInParts(graph: Graph): Graph {
  const weights = weightsOf(graph);
  const partsByWeight = new Map<Value, readonly External[]>();
  const partsOf = (node: Node): readonly External[] | undefined => {
    const weight = isProduct(node) ? weights.get(node.inputs[1]!) : undefined;
    if (weight === undefined || !isLarge(weight)) return undefined;
    const parts = partsByWeight.get(weight.value) ?? cut(weight.tensor);
    partsByWeight.set(weight.value, parts);
    return parts;
  };
  const nodes = graph.nodes.flatMap((node) => {
    const parts = partsOf(node);
    if (parts === undefined) return [node];
    return node.attributes.transposeB === true ? sideBySide(node, parts) : addedUp(node, parts);
  });
  if (partsByWeight.size === 0) return graph;
  const externals = [...graph.externals, ...[...partsByWeight.values()].flat()];
  return prune({ ...graph, externals, nodes });
}

/** Of two matrices, the first as it lies, and at most a term that is added as it is. */
function isProduct({ kernel, inputs, attributes }: Node): boolean {
  const { activation = 'linear', beta = 1, transposeA } = attributes;
  return (
    (kernel === 'BatchMatMul' || kernel === '_FusedMatMul') &&
    inputs[0]!.shape.length === 2 &&
    inputs[1]!.shape.length === 2 &&
    activation === 'linear' &&
    beta === 1 &&
    transposeA !== true
  );
}

function isLarge({ value, tensor: { dtype, quantised } }: External): boolean {
  const isHalf = quantised === undefined && dtype !== 'F32';
  return isHalf && bytesOf(value) > wholeBytes && value.shape[0]! > partRows;
}

function cut(tensor: ExternalTensor): External[] {
  const [rows] = tensor.shape as [number, number];
  return Array.from({ length: Math.ceil(rows / partRows) }, (_, i) =>
    weightRows(tensor, i * partRows, Math.min(rows, (i + 1) * partRows)),
  );
}

function sideBySide(node: Node, parts: readonly External[]): Node[] {
  const [x, , term] = node.inputs as [Value, Value, Value?];
  const products = parts.map(({ value }) => {
    const columns = newValue([x.shape[0]!, value.shape[0]!], 'float32');
    return product(node, [x, value], columns);
  });
  const [result] = node.outputs as [Value];
  const whole = term === undefined ? result : newValue(result.shape, 'float32');
  const joined = products.map(({ outputs }) => outputs[0]!);
  return [
    ...products,
    { kernel: 'Concat', inputs: joined, attributes: { axis: 1 }, outputs: [whole] },
    ...(term === undefined
      ? []
      : [{ kernel: 'Add', inputs: [whole, term], attributes: {}, outputs: [result] }]),
  ];
}

/** x's columns are cut out first: onnxruntime goes to what was written last before, which is then the part before. */
function addedUp(node: Node, parts: readonly External[]): Node[] {
  const [x, , term] = node.inputs as [Value, Value, Value?];
  const [result] = node.outputs as [Value];
  const [height] = x.shape as [number, number];
  let sum = term;
  let from = 0;
  const cuts: Node[] = [];
  const products: Node[] = [];
  for (const { value } of parts) {
    const to = from + value.shape[0]!;
    const columns = newValue([height, to - from], 'float32');
    const attributes = { begin: [0, from], end: [height, to], strides: [1, 1] };
    cuts.push({ kernel: 'Slice', inputs: [x], attributes, outputs: [columns] });
    const next = products.length + 1 === parts.length ? result : newValue(result.shape, 'float32');
    products.push(product(node, sum === undefined ? [columns, value] : [columns, value, sum], next));
    [sum, from] = [next, to];
  }
  return [...cuts, ...products];
}

function product({ attributes }: Node, inputs: readonly Value[], output: Value): Node {
  return {
    kernel: '_FusedMatMul',
    inputs,
    attributes: { ...attributes, activation: 'linear' },
    outputs: [output],
  };
}

// Layer and root-mean-square normalisation: the chain of nodes that computes one becomes a single node, whose further
// outputs (mean, 1 / deviation) serve the backward pass. The products' rules are in rules/.
import { type Graph, type Node, newValue, type Value } from '../graph.ts';
import { attributeNumbers } from '../kernel-row.ts';
import { deduplicate } from './deduplicate.ts';
import { prune } from './prune.ts';
import { Substitution } from './substitution.ts';

interface Uses {
  producerOf(value: Value | undefined): Node | undefined;
  usersOf(value: Value): readonly Node[];
  numberIn(value: Value): number | undefined;
}

/** A node to add and the values that its outputs stand for. */
interface Fusion {
  readonly node: Node;
  readonly replaces: readonly Value[];
}

/** The same function with `LayerNorm` (y, mean, 1 / deviation) and `RmsNorm` (y, 1 / root mean square) nodes. */
export function fuseNormalisations(graph: Graph): Graph {
  const uses = usesOf(graph);
  const fusions = graph.nodes.flatMap((node) => {
    const fusion = node.kernel === 'Rsqrt' ? normalisationAround(node, uses) : undefined;
    return fusion === undefined ? [] : [fusion];
  });
  return fusions.length === 0 ? graph : prune(deduplicate(withFusions(graph, fusions)));
}

/** Each new node comes right after the last of its operands is made, so before whoever used what it replaces. */
function withFusions(graph: Graph, fusions: readonly Fusion[]): Graph {
  const substitution = new Substitution();
  const after = new Map<number, Node[]>();
  const places = new Map<Value, number>();
  graph.nodes.forEach(({ outputs }, i) => {
    for (const output of outputs) places.set(output, i);
  });
  for (const { node, replaces } of fusions) {
    const place = Math.max(...node.inputs.map((input) => places.get(input) ?? -1));
    after.set(place, [...(after.get(place) ?? []), node]);
    replaces.forEach((value, i) => {
      substitution.replace(value, node.outputs[i]!);
    });
  }
  const nodes = [undefined, ...graph.nodes].flatMap((node, i) => [
    ...(node === undefined ? [] : [node]),
    ...(after.get(i - 1) ?? []),
  ]);
  // What a fused node replaces is still made by its old node; nobody uses it any more.
  return {
    ...graph,
    nodes: nodes.map((node) => substitution.apply(node)),
    outputs: substitution.outputs(graph.outputs),
  };
}

/** `inverse` = Rsqrt(mean(c^2) + eps); y = c inverse gain (+ bias); c = x - mean(x) for layer normalisation. */
function normalisationAround(rsqrt: Node, uses: Uses): Fusion | undefined {
  const [inverse] = rsqrt.outputs as [Value];
  const sum = uses.producerOf(rsqrt.inputs[0]);
  if (sum?.kernel !== 'Add') return undefined;
  const [variance, eps] = sum.inputs as [Value, Value];
  const epsilon = uses.numberIn(eps);
  const square = meanOfRows(uses.producerOf(variance), uses);
  if (epsilon === undefined || square?.kernel !== 'Square') return undefined;
  const [x] = square.inputs as [Value];
  const unit = uses.usersOf(x).find((node) => isProductOf(node, x, inverse));
  const scaled = unit && uses.usersOf(unit.outputs[0]!).find((node) => scaleOf(node, unit.outputs[0]!));
  if (unit === undefined || scaled === undefined) return undefined;
  const gain = scaleOf(scaled, unit.outputs[0]!)!;
  return layerNorm(x, gain, inverse, scaled, epsilon, uses) ?? rmsNorm(x, gain, inverse, scaled, epsilon);
}

function layerNorm(
  centred: Value,
  gain: Value,
  inverse: Value,
  scaled: Node,
  epsilon: number,
  uses: Uses,
): Fusion | undefined {
  const difference = uses.producerOf(centred);
  if (difference?.kernel !== 'Sub') return undefined;
  const [x, mean] = difference.inputs as [Value, Value];
  const meaning = uses.producerOf(mean);
  if (meaning?.kernel !== 'Mean' || !isRowMean(meaning) || meaning.inputs[0] !== x) return undefined;
  const [scaledValue] = scaled.outputs as [Value];
  const shifted = uses.usersOf(scaledValue).find((node) => node.kernel === 'Add');
  const bias = shifted?.inputs.find((input) => input !== scaledValue);
  if (shifted === undefined || bias === undefined || !isRow(bias, x)) return undefined;
  return fusion('LayerNorm', [x, gain, bias], [shifted.outputs[0]!, mean, inverse], epsilon);
}

function rmsNorm(x: Value, gain: Value, inverse: Value, scaled: Node, epsilon: number): Fusion {
  return fusion('RmsNorm', [x, gain], [scaled.outputs[0]!, inverse], epsilon);
}

function fusion(kernel: string, inputs: readonly Value[], replaces: readonly Value[], epsilon: number) {
  const outputs = replaces.map(({ shape, dtype }) => newValue(shape, dtype));
  return { node: { kernel, inputs, outputs, attributes: { epsilon } }, replaces };
}

/** The node whose result's rows `node` takes the mean of. */
function meanOfRows(node: Node | undefined, { producerOf }: Uses): Node | undefined {
  return node?.kernel === 'Mean' && isRowMean(node) ? producerOf(node.inputs[0]) : undefined;
}

/** Along the last axis, kept as 1. */
function isRowMean(node: Node): boolean {
  const axes = attributeNumbers(node, 'axes');
  const rank = node.inputs[0]!.shape.length;
  return axes.length === 1 && axes[0] === rank - 1 && node.attributes.keepDims === true;
}

function isProductOf(node: Node, a: Value, b: Value): boolean {
  return node.kernel === 'Multiply' && node.inputs.includes(a) && node.inputs.includes(b);
}

/** The other operand of a product of `value` with a vector as long as its rows. */
function scaleOf(node: Node, value: Value): Value | undefined {
  if (node.kernel !== 'Multiply') return undefined;
  const other = node.inputs.find((input) => input !== value);
  return other !== undefined && isRow(other, value) ? other : undefined;
}

function isRow(vector: Value, rows: Value): boolean {
  return vector.shape.length === 1 && vector.shape[0] === rows.shape.at(-1);
}

function usesOf(graph: Graph): Uses {
  const producers = new Map<Value, Node>();
  const users = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const output of node.outputs) producers.set(output, node);
    for (const input of new Set(node.inputs)) users.set(input, [...(users.get(input) ?? []), node]);
  }
  const constants = new Map(graph.constants.map((constant) => [constant.value, constant]));
  return {
    producerOf: (value) => value && producers.get(value),
    usersOf: (value) => users.get(value) ?? [],
    numberIn: (value) => {
      const constant = constants.get(value);
      return constant && (constant.splat || constant.data.length === 1)
        ? Number(constant.data[0])
        : undefined;
    },
  };
}

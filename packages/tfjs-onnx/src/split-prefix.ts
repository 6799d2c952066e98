// Splits a step's graph into what stays the same from step to step (frozen layers below the first adapter)
// and the rest, so that the first part can be computed once per example and kept. Running and caching are
// not here.
import { type Graph, type Node, sizeOf, type Value } from './graph.ts';
import { minimumVertexCut } from './passes/min-cut.ts';
import { prune } from './passes/prune.ts';
import { ownersOf } from './views.ts';

interface SplitGraph {
  /** Outputs named `prefix:<n>`; null where nothing worth keeping is the same in every step. */
  readonly prefix: Graph | null;
  /** The step, with the prefix's outputs as additional inputs of the same names, after its own. */
  readonly rest: Graph;
}

/** What makes a prefix worth its while; everything else may be done again in each step. */
const heavyKernels: ReadonlySet<string> = new Set(['BatchMatMul', '_FusedMatMul']);

/** A value handed over costs its elements and this: one large value is better than several that add up to it. */
const priceOfAValue = 64;

/** Elements of what is multiplied by at little cost: rotary positions swap the halves of a head by such a matrix. */
const smallConstant = 2 ** 16;

type Origin = 'constant' | 'fixed' | 'varying';

/**
 * Cuts the graph where the least has to be handed over. All matrix products that depend on some input, but on
 * none of the `varying` ones, go to the prefix; cheap operations on the border go where the border is
 * smallest, so masks and the like are recomputed rather than kept. What depends on constants and weights alone
 * stays in `rest` (onnxruntime folds it), so every `prefix:<n>` depends on the example. Both graphs keep only
 * the inputs they use. With `sparing` products of what is handed over anyway are made in each step: one layer's of a
 * transformer take more than its input, and a hundredth of a step. Throws RangeError for a varying name that is no input.
 */
export function splitPrefix(graph: Graph, varying: ReadonlySet<string>, sparing = false): SplitGraph {
  const names = new Set(graph.inputs.map(({ name }) => name));
  const unknown = [...varying].find((name) => !names.has(name));
  if (unknown !== undefined) {
    throw new RangeError(`${unknown} is no input of the graph; its inputs are ${[...names].join(', ')}`);
  }
  // a view on the border is made on the far side; several views of one value are one value there
  const cheapest = [...new Set(findFrontier(graph, originsOf(graph, varying)).map(ownersOf(graph)))];
  const frontier = sparing ? withoutProducts(graph, cheapest) : cheapest;
  if (frontier.length === 0) return { prefix: null, rest: prune(graph, { dropInputs: true }) };
  const named = frontier.map((value, n) => ({ name: `prefix:${n}`, value }));
  return {
    prefix: prune({ ...graph, outputs: named }, { dropInputs: true }),
    rest: prune({ ...graph, inputs: [...graph.inputs, ...named] }, { dropInputs: true }),
  };
}

function originsOf(graph: Graph, varying: ReadonlySet<string>): Map<Value, Origin> {
  const origins = new Map<Value, Origin>();
  for (const { name, value } of graph.inputs) origins.set(value, varying.has(name) ? 'varying' : 'fixed');
  for (const node of graph.nodes) {
    const from = node.inputs.map((input) => origins.get(input) ?? 'constant');
    const origin = from.includes('varying') ? 'varying' : from.includes('fixed') ? 'fixed' : 'constant';
    for (const output of node.outputs) origins.set(output, origin);
  }
  return origins;
}

function findFrontier(graph: Graph, origins: ReadonlyMap<Value, Origin>): Value[] {
  const fixedNodes = graph.nodes.filter((node) => origins.get(node.outputs[0]!) === 'fixed');
  const values = fixedNodes.flatMap((node) => node.outputs);
  const indices = new Map(values.map((value, i) => [value, i]));
  const known = (list: readonly Value[]) =>
    list.flatMap((value) => (indices.has(value) ? [indices.get(value)!] : []));
  const wanted = new Set(graph.outputs.map(({ value }) => value));
  for (const node of graph.nodes) {
    if (origins.get(node.outputs[0]!) !== 'varying') continue;
    for (const input of node.inputs) wanted.add(input);
  }
  const edges = fixedNodes.flatMap(({ inputs, outputs }) =>
    known(inputs).flatMap((from) => known(outputs).map((to) => [from, to] as const)),
  );
  const cut = minimumVertexCut({
    prices: values.map(({ shape, dtype }) => (dtype === 'bool' ? Infinity : sizeOf(shape) + priceOfAValue)),
    edges,
    sources: known(
      fixedNodes.filter(({ kernel }) => heavyKernels.has(kernel)).flatMap((node) => node.outputs),
    ),
    sinks: known([...wanted]),
  });
  return cut.map((i) => values[i]!);
}

/** Those that can't be made of the others by cheap operations and, on no way more than one, products with weights. */
function withoutProducts(graph: Graph, frontier: readonly Value[]): Value[] {
  const makers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const kept = new Set(frontier);
  const isSmall = new Set(
    graph.constants.map(({ value }) => value).filter(({ shape }) => sizeOf(shape) <= smallConstant),
  );
  const isProduct = ({ kernel, inputs }: Node) => heavyKernels.has(kernel) && !isSmall.has(inputs[1]!);
  /** How many of those kept are met on the ways up; no number where there is a product too many. */
  const met = (node: Node, behindProduct: boolean): number => {
    if (isProduct(node) && behindProduct) return NaN;
    const behind = behindProduct || isProduct(node);
    return node.inputs.reduce((sum, input) => {
      const maker = kept.has(input) ? undefined : makers.get(input);
      return sum + (maker === undefined ? Number(kept.has(input)) : met(maker, behind));
    }, 0);
  };
  for (const value of frontier) {
    const maker = makers.get(value);
    if (maker !== undefined && met(maker, false) > 0) kept.delete(value);
  }
  return [...kept];
}

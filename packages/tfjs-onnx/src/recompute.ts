// Less memory for more time: what the forward pass leaves for the backward pass is dropped, but for a few tensors, and
// made again from those where the backward pass needs it (gradient checkpointing). The numbers stay the same.
import { bytesOf, type Graph, type Node, newValue, type Value } from './graph.ts';
import { type Activation, chooseCuts } from './passes/choose-cuts.ts';
import { prune } from './passes/prune.ts';
import { ownersOf } from './views.ts';

/**
 * The graph of a step whose gradients are computed in the reverse order of the loss, as a tape does. `loss` names the
 * output that ends the forward pass. Where nothing can be saved, the graph itself.
 *
 * Copies of forward nodes would be merged with the originals or run right after them. So what a copy starts from is
 * chosen between itself and itself, by a condition that comes from a gradient: runtimes don't see that it is idle.
 */
export function recomputeActivations(graph: Graph, loss: string): Graph {
  const forward = forwardPass(graph, loss);
  const cuts = chooseCuts([...forward.activations.values()], forward.places);
  if (cuts.length === 0) return graph;
  const copies = new Copies(forward, cuts);
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    if (forward.nodes.has(node)) nodes.push(node);
    else nodes.push(...copies.before(node));
  }
  return { ...graph, nodes };
}

interface ForwardPass {
  readonly nodes: ReadonlySet<Node>;
  readonly places: number;
  readonly producerOf: (value: Value) => Node | undefined;
  /** The value that a view looks at; others are their own. */
  readonly owner: (value: Value) => Value;
  /** By owner; those that no input leads to are none, since the runtime computes them once. */
  readonly activations: ReadonlyMap<Value, Activation>;
  readonly inputs: ReadonlySet<Value>;
  /** What the backward pass needs that was made last: gradients follow from it. */
  readonly lastSaved: Value | undefined;
}

function forwardPass(graph: Graph, loss: string): ForwardPass {
  const owner = ownersOf(graph);
  const producers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)),
  );
  const inputs = new Set(graph.inputs.map(({ value }) => value));
  const { nodes } = prune({ ...graph, outputs: graph.outputs.filter(({ name }) => name === loss) });
  const forward = new Set(nodes);
  const activations = activationsOf(graph, forward, inputs, owner);
  return {
    nodes: forward,
    places: forward.size,
    producerOf: (value) => producers.get(value),
    owner,
    activations,
    inputs,
    lastSaved: [...activations].findLast(([, { saved }]) => saved)?.[0],
  };
}

function activationsOf(
  graph: Graph,
  forward: ReadonlySet<Node>,
  inputs: ReadonlySet<Value>,
  owner: (value: Value) => Value,
): Map<Value, Activation> {
  const activations = new Map<Value, { bytes: number; born: number; used: number; saved: boolean }>();
  let place = 0;
  for (const node of graph.nodes) {
    const given = node.inputs.map(owner);
    const used = given.flatMap((value) => activations.get(value) ?? []);
    if (!forward.has(node)) {
      for (const activation of used) activation.saved = true;
      continue;
    }
    for (const activation of used) activation.used = place;
    if (used.length > 0 || given.some((value) => inputs.has(value))) {
      for (const value of node.outputs.filter((output) => owner(output) === output)) {
        activations.set(value, { bytes: bytesOf(value), born: place, used: place, saved: false });
      }
    }
    place += 1;
  }
  return activations;
}

/** The copies of forward nodes, made where a backward node first needs them. */
class Copies {
  readonly #forward: ForwardPass;
  readonly #cuts: readonly number[];
  /** By segment and value. */
  readonly #copies: Map<Value, Value>[];
  /** By segment: false, computed from a gradient. */
  readonly #never: (Value | undefined)[];
  readonly #gradients = new Set<Value>();
  #lastGradient: Value | undefined;
  #nodes: Node[] = [];

  constructor(forward: ForwardPass, cuts: readonly number[]) {
    this.#forward = forward;
    this.#cuts = cuts;
    this.#copies = Array.from({ length: cuts.length + 1 }, () => new Map());
    this.#never = this.#copies.map(() => undefined);
  }

  /** A backward node that uses copies instead of what was dropped, after the nodes that make those it is the first to use. */
  before(node: Node): Node[] {
    this.#nodes = [];
    const inputs = node.inputs.map((value) => this.#instead(value));
    this.#nodes.push({ ...node, inputs });
    this.#noteGradients(inputs, node.outputs);
    return this.#nodes;
  }

  #noteGradients(inputs: readonly Value[], outputs: readonly Value[]): void {
    const { owner, lastSaved } = this.#forward;
    if (!inputs.some((value) => this.#gradients.has(value) || owner(value) === lastSaved)) return;
    for (const output of outputs) {
      this.#gradients.add(output);
      if (output.dtype === 'float32') this.#lastGradient = output;
    }
  }

  #instead(value: Value): Value {
    const activation = this.#forward.activations.get(this.#forward.owner(value));
    if (activation === undefined || this.#stays(activation)) return value;
    const segment = this.#segmentOf(activation.born);
    if (this.#never[segment] === undefined) {
      if (this.#lastGradient === undefined) return value;
      this.#never[segment] = this.#makeNever(this.#lastGradient);
    }
    return this.#copy(value, segment);
  }

  #segmentOf(place: number): number {
    const next = this.#cuts.findIndex((cut) => place <= cut);
    return next < 0 ? this.#cuts.length : next;
  }

  /** It lies across a cut, or so near the loss that it is needed at once. */
  #stays({ born, used }: Activation): boolean {
    const cut = this.#cuts[this.#segmentOf(born)];
    return cut === undefined || cut < used;
  }

  #copy(value: Value, segment: number): Value {
    const known = this.#copies[segment]!.get(value);
    if (known !== undefined) return known;
    const copy = this.#makeCopy(value, segment);
    this.#copies[segment]!.set(value, copy);
    return copy;
  }

  #makeCopy(value: Value, segment: number): Value {
    const { activations, inputs, owner, producerOf } = this.#forward;
    const activation = activations.get(value);
    if (activation === undefined && !inputs.has(value) && owner(value) === value) return value;
    if (activation !== undefined && this.#segmentOf(activation.born) === segment && this.#stays(activation))
      return value;
    if (inputs.has(value) || (activation !== undefined && this.#segmentOf(activation.born) < segment)) {
      return this.#later(value, segment);
    }
    const node = producerOf(value)!;
    const given = node.inputs.map((input) => this.#copy(input, segment));
    if (given.every((input, i) => input === node.inputs[i])) return value;
    const outputs = node.outputs.map(({ shape, dtype }) => newValue(shape, dtype));
    this.#nodes.push({ ...node, inputs: given, outputs });
    for (const [i, output] of outputs.entries()) {
      this.#copies[segment]!.set(node.outputs[i]!, output);
      this.#gradients.add(output);
    }
    return outputs[node.outputs.indexOf(value)]!;
  }

  /** The same numbers, not to be had before the gradients reach the segment. */
  #later(value: Value, segment: number): Value {
    if (value.shape.length === 0) return value;
    const later = newValue(value.shape, value.dtype);
    const inputs = [this.#never[segment]!, value, value];
    this.#nodes.push({ kernel: 'Select', inputs, attributes: {}, outputs: [later] });
    return later;
  }

  /** One element of the gradient is not less than itself, whatever it is. bool [1] */
  #makeNever(gradient: Value): Value {
    const zeros = gradient.shape.map(() => 0);
    const ones = gradient.shape.map(() => 1);
    const element = newValue(ones, 'float32');
    const flat = newValue([1], 'float32');
    const never = newValue([1], 'bool');
    const attributes = { begin: zeros, end: ones, strides: ones };
    if (ones.length > 0)
      this.#nodes.push({ kernel: 'Slice', inputs: [gradient], attributes, outputs: [element] });
    const start = ones.length > 0 ? element : gradient;
    this.#nodes.push({ kernel: 'Reshape', inputs: [start], attributes: {}, outputs: [flat] });
    this.#nodes.push({ kernel: 'Less', inputs: [flat, flat], attributes: {}, outputs: [never] });
    return never;
  }
}

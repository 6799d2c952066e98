// Walks a graph and lets rules replace nodes by cheaper ones or by values that exist already, again and again
// until none applies. The rules are in rules/.
import type { Constant, ConstantData, Graph, Node, Value, ValueType } from '../graph.ts';
import { newValue } from '../graph.ts';
import { prune } from './prune.ts';
import { Substitution } from './substitution.ts';

/** What a rule may ask about the graph around a node. */
export interface Surroundings {
  readonly producerOf: (value: Value) => Node | undefined;
  /** How many nodes and outputs use the value. */
  readonly usesOf: (value: Value) => number;
  /** The number that a constant repeats (or is, with one element); undefined for every other value. */
  readonly numberIn: (value: Value) => number | undefined;
  readonly splat: (number: number, shape: readonly number[], dtype: ValueType) => Value;
}

/** A value to use instead of the node's only output, a node to do its work, or nothing. */
export type Rule = (node: Node, around: Surroundings) => Value | Node | undefined;

/** Each round sees the results of the one before; real graphs are done after three or four. */
const mostRounds = 8;

export function rewrite(graph: Graph, rules: readonly Rule[]): Graph {
  let current = graph;
  for (let round = 0; round < mostRounds; round++) {
    const next = rewriteOnce(current, rules);
    if (next === current) return current;
    current = prune(next);
  }
  return current;
}

function rewriteOnce(graph: Graph, rules: readonly Rule[]): Graph {
  const substitution = new Substitution();
  const around = surroundingsOf(graph);
  let changed = false;
  const nodes: Node[] = [];
  for (const original of graph.nodes) {
    const result = applyRules(substitution.apply(original), rules, around);
    changed ||= result.changed;
    if ('kernel' in result.now) {
      nodes.push(result.now);
      around.add(result.now);
    } else {
      substitution.replace(original.outputs[0]!, result.now);
    }
  }
  if (!changed) return graph;
  return { ...graph, constants: around.constants, nodes, outputs: substitution.outputs(graph.outputs) };
}

function applyRules(
  node: Node,
  rules: readonly Rule[],
  around: Surroundings,
): { now: Node | Value; changed: boolean } {
  let now: Node = node;
  let changed = false;
  for (let i = 0; i < rules.length; i++) {
    const result = rules[i]!(now, around);
    if (result === undefined) continue;
    changed = true;
    if (!('kernel' in result)) return { now: result, changed };
    now = result;
    i = -1;
  }
  return { now, changed };
}

interface OpenSurroundings extends Surroundings {
  readonly constants: Constant[];
  readonly add: (node: Node) => void;
}

function surroundingsOf(graph: Graph): OpenSurroundings {
  const constants = [...graph.constants];
  const known = new Map(constants.map((constant) => [constant.value, constant]));
  const producers = new Map<Value, Node>();
  const uses = new Map<Value, number>();
  const used = [...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ value }) => value)];
  for (const value of used) uses.set(value, (uses.get(value) ?? 0) + 1);
  return {
    constants,
    add: (node) => {
      for (const output of node.outputs) producers.set(output, node);
    },
    producerOf: (value) => producers.get(value),
    usesOf: (value) => uses.get(value) ?? 0,
    numberIn: (value) => {
      const constant = known.get(value);
      if (constant === undefined || (!constant.splat && constant.data.length !== 1)) return undefined;
      return Number(constant.data[0]);
    },
    splat: (number, shape, dtype) => {
      const constant = { value: newValue(shape, dtype), data: oneElement(number, dtype), splat: true };
      constants.push(constant);
      known.set(constant.value, constant);
      return constant.value;
    },
  };
}

function oneElement(number: number, dtype: ValueType): ConstantData {
  if (dtype === 'float32') return Float32Array.of(number);
  return dtype === 'int32' ? Int32Array.of(number) : Uint8Array.of(number);
}

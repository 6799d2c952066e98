// Values that stand for others while a graph is rewritten.
import type { NamedValue, Node, Value } from '../graph.ts';

export class Substitution {
  readonly #replaced = new Map<Value, Value>();

  replace(value: Value, by: Value): void {
    this.#replaced.set(value, this.of(by));
  }

  of(value: Value): Value {
    let at = value;
    for (let next = this.#replaced.get(at); next !== undefined; next = this.#replaced.get(at)) at = next;
    return at;
  }

  apply(node: Node): Node {
    if (!node.inputs.some((input) => this.#replaced.has(input))) return node;
    return { ...node, inputs: node.inputs.map((input) => this.of(input)) };
  }

  outputs(outputs: readonly NamedValue[]): NamedValue[] {
    return outputs.map(({ name, value }) => ({ name, value: this.of(value) }));
  }
}

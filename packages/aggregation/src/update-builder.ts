// An update that is filled range by range; a tensor is in it once a range of it was.
import { finiteValues } from '@colora/tensors/arithmetic';
import type { PieceRange } from '@colora/tensors/pieces';
import { elementCount, type TensorMap } from '@colora/tensors/tensor';
import { AggregationError } from './aggregation-error.ts';
import type { Schema } from './contribution.ts';

export class UpdateBuilder {
  readonly #schema: Schema;
  readonly #rule: string;
  readonly #filled = new Map<string, Float32Array>();

  constructor(schema: Schema, rule: string) {
    this.#schema = schema;
    this.#rule = rule;
  }

  /**
   * `write` fills the range's elements and says false where there is nothing. Throws AggregationError where what it
   * wrote is not finite: then a contribution was admitted that never should have been.
   */
  fill({ name, from, to }: PieceRange, write: (out: Float32Array) => boolean): void {
    const out = new Float32Array(to - from);
    if (!write(out)) return;
    if (!finiteValues(out))
      throw new AggregationError('not-finite', `the ${this.#rule} of ${name} is not finite`);
    let data = this.#filled.get(name);
    if (data === undefined) {
      data = new Float32Array(elementCount(this.#schema.get(name)!.shape));
      this.#filled.set(name, data);
    }
    data.set(out, from);
  }

  /** In the schema's order. */
  finish(): TensorMap {
    const present = [...this.#schema].filter(([name]) => this.#filled.has(name));
    return new Map(present.map(([name, { shape }]) => [name, { shape, data: this.#filled.get(name)! }]));
  }
}

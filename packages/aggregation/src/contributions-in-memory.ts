// Whole contributions in memory as what run-rule.ts reads: for small rounds, simulations and tests.
import { norm } from '@colora/tensors/arithmetic';
import { planPieces } from '@colora/tensors/pieces';
import { assertFits, type Contribution, type Schema } from './contribution.ts';
import type { RoundContributions, Window, WindowRows } from './run-rule.ts';

/** `staleness` is 0 where it isn't told. Throws AggregationError on names and shapes other than the schema's. */
export function contributionsInMemory(
  schema: Schema,
  contributions: readonly (Contribution & { readonly staleness?: number })[],
): RoundContributions {
  for (const { tensors } of contributions) {
    for (const [name, tensor] of tensors) assertFits(schema, name, tensor);
  }
  return {
    schema,
    pieces: planPieces([...schema].map(([name, { shape }]) => ({ name, shape }))),
    senders: contributions.map(({ weight, staleness = 0, tensors }) => ({
      weight,
      staleness,
      norm: norm(tensors),
    })),
    async *rows({ ranges }: Window): AsyncIterable<WindowRows> {
      for (const { tensors } of contributions) {
        yield ranges.map(({ name, from, to }) => tensors.get(name)?.data.subarray(from, to) ?? null);
      }
    },
  };
}

// How many examples of each label somebody has, by how far the head's rows moved. A row's bias moves towards its label's share of the
// examples; how far, for one example more, is learnt from updates whose counts are known: whoever sees an update can make some with
// examples of their own. Pure.
import { headLabel } from '@colora/adapters/head';
import type { TensorMap } from '@colora/tensors/tensor';

/** By label; a label without an example may be left out. */
export type LabelCounts = ReadonlyMap<string, number>;

export interface KnownUpdate {
  readonly update: TensorMap;
  readonly counts: LabelCounts;
}

/**
 * Estimated counts of `total` examples, which contributions tell. Null where the update has fewer than two rows of a head, or the known
 * ones tell nothing.
 */
export function estimateLabelCounts(
  update: TensorMap,
  total: number,
  known: readonly KnownUpdate[],
): LabelCounts | null {
  const moves = biasMoves(update);
  if (moves.size < 2) return null;
  let [products, squares] = [0, 0];
  for (const one of known) {
    const shares = excessShares(one.counts);
    for (const [label, move] of biasMoves(one.update)) {
      products += move * (shares.get(label) ?? 0);
      squares += move * move;
    }
  }
  if (squares === 0) return null;
  const perMove = products / squares;
  const shares = [...moves].map(
    ([label, move]) => [label, Math.max(0, 1 / moves.size + perMove * move)] as const,
  );
  const sum = shares.reduce((all, [, share]) => all + share, 0);
  return new Map(shares.map(([label, share]) => [label, (total * share) / (sum === 0 ? 1 : sum)]));
}

/** Mean over labels of how far an estimate is off. */
export function countError(estimate: LabelCounts, truth: LabelCounts): number {
  const labels = [...truth.keys()];
  const off = labels.map((label) => Math.abs((estimate.get(label) ?? 0) - truth.get(label)!));
  return off.reduce((sum, each) => sum + each, 0) / labels.length;
}

/** What somebody is off by who guesses as many of each. */
export function evenGuess(truth: LabelCounts): LabelCounts {
  const total = [...truth.values()].reduce((sum, count) => sum + count, 0);
  return new Map([...truth.keys()].map((label) => [label, total / truth.size]));
}

/** Where each row's bias, its last value, went (an update is where it was less where it is), less what all of them did. */
function biasMoves(update: TensorMap): Map<string, number> {
  const biases = [...update].flatMap(([name, { data }]) => {
    const label = headLabel(name);
    return label === undefined ? [] : [[label, -data.at(-1)!] as const];
  });
  const mean = biases.reduce((sum, [, bias]) => sum + bias, 0) / Math.max(1, biases.length);
  return new Map(biases.map(([label, bias]) => [label, bias - mean]));
}

/** A label's share of the examples above an even one. */
function excessShares(counts: LabelCounts): Map<string, number> {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return new Map([...counts].map(([label, count]) => [label, count / total - 1 / counts.size]));
}

// A weighted sum of adapters as one adapter: sum_k w_k B_k A_k = [w_1 B_1 | w_2 B_2 | ...] [A_1; A_2; ...]. Exact; what it
// costs is rank: the sum of the parts'. Not here: what the parts are, and how the weights are found.
import type { FoldedAdapter } from './fold.ts';
import { joinColumns, multiplyBy, stackRows, toMatrix, toTensor } from './matrices.ts';

export interface WeightedAdapter {
  readonly folded: ReadonlyMap<string, FoldedAdapter>;
  readonly weight: number;
}

/** By module name, for the modules of any part; parts of weight 0 take no rank where another part adapts the module. */
export function blend(parts: readonly WeightedAdapter[]): Map<string, FoldedAdapter> {
  const modules = new Set(parts.flatMap(({ folded }) => [...folded.keys()]));
  return new Map(
    [...modules].map((module) => {
      const having = parts.filter(({ folded }) => folded.has(module));
      const counting = having.filter(({ weight }) => weight !== 0);
      const pairs = (counting.length > 0 ? counting : having).map(({ folded, weight }) => {
        const { A, B } = folded.get(module)!;
        return { A: toMatrix(A), B: multiplyBy(toMatrix(B), weight) };
      });
      const A = stackRows(pairs.map((pair) => pair.A));
      const B = joinColumns(pairs.map((pair) => pair.B));
      return [module, { A: toTensor(A), B: toTensor(B) }];
    }),
  );
}

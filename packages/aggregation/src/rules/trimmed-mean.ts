// The coordinate-wise trimmed mean (Yin et al. 2018, arXiv 1803.01498, algorithm 1, option II): of an element's n values
// the ceil(trim n) lowest and as many highest are dropped, the rest averaged. Unweighted, as the median is (median.ts).
// A tensor that only few sent is trimmed as far as leaves something: at the extreme that is its median.
import { fewestContributions, trimmedAtEachEnd } from '@colora/protocol/aggregation-settings';
import { AggregationError } from '../aggregation-error.ts';
import type { CoordinateRule } from './rule.ts';
import { sortedColumns } from './sorted-columns.ts';

/** `trim`: the share cut at each end, at least 0 and below one half. */
export function trimmedMean({ trim }: { readonly trim: number }): CoordinateRule {
  if (!(trim >= 0 && trim < 0.5))
    throw new AggregationError('bad-setting', `trim must be at least 0 and below 0.5, not ${trim}`);
  return {
    kind: 'coordinate',
    name: 'trimmed-mean',
    minimum: fewestContributions({ rule: 'trimmed-mean', trim, byzantine: 0 }),
    range(rows, out) {
      const n = rows.length;
      const cut = Math.min(trimmedAtEachEnd(trim, n), (n - 1) >> 1);
      sortedColumns(rows, (column, i) => {
        let sum = 0;
        for (let k = cut; k < n - cut; k += 1) sum += column[k]!;
        out[i] = sum / (n - 2 * cut);
      });
    },
  };
}

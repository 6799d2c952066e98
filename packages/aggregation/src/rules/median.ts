// The coordinate-wise median (Yin et al. 2018, arXiv 1803.01498, algorithm 1, option I); of an even number, the mean of
// the two in the middle. Unweighted: a number of examples is a claim, and whoever claims half of all examples would be
// the median. Fewer than half of the senders of an element can't move it past the others' values.
import type { CoordinateRule } from './rule.ts';
import { sortedColumns } from './sorted-columns.ts';

export const median: CoordinateRule = {
  kind: 'coordinate',
  name: 'median',
  minimum: 1,
  range(rows, out) {
    const upper = rows.length >> 1;
    const lower = (rows.length - 1) >> 1;
    sortedColumns(rows, (column, i) => {
      out[i] = (column[lower]! + column[upper]!) / 2;
    });
  },
};

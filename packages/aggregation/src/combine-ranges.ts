// Sums of contributions over the ranges of a window, in f64, contribution by contribution in the order they come: the
// same contributions in the same order give the same bits. Not here: where coefficients come from (rule.ts).
import { closeKernels, openKernels, roundUp } from '@colora/tensors/kernels';
import type { PieceRange } from '@colora/tensors/pieces';
import { total } from './total.ts';

type Ranges = readonly Pick<PieceRange, 'from' | 'to'>[];

/** How one contribution counts; `factor` scales the row itself, not its part in the mean. */
interface Part {
  readonly coefficient: number;
  readonly share: number;
  readonly factor: number;
}

/** Of one window after the other. */
interface WindowSums {
  /** Zeros for these ranges. */
  begin(ranges: Ranges): void;
  /** Adds one contribution's row to the sum of a range. */
  add(range: number, row: Float32Array, part: Part): void;
  /**
   * The update's elements by rule.ts's formula, into `out`; `centre` undefined is zeros.
   * False, with `out` untouched, where nobody's coefficient or share counts.
   */
  finish(range: number, centre: Float32Array | undefined, out: Float32Array): boolean;
  /** Its memory is others' from now on. */
  close(): void;
}

/** For all of these windows: memory of the largest. */
export function openWindowSums(windows: readonly Ranges[]): WindowSums {
  const longest = Math.max(0, ...windows.flat().map(lengthOf));
  const most = Math.max(0, ...windows.map((ranges) => total(ranges.map(roomOf))));
  const sumsAt = 4 * roundUp(longest, 4); // a row lies before them
  const kernels = openKernels(sumsAt + 8 * most);
  const row = new Float32Array(kernels.memory.buffer, 0, sumsAt / 4);
  const sums = new Float64Array(kernels.memory.buffer, sumsAt, most);
  let places: { at: number; coefficients: number; shares: number }[] = [];
  return {
    begin(ranges) {
      sums.fill(0);
      let at = 0;
      places = ranges.map((range) => {
        const place = { at, coefficients: 0, shares: 0 };
        at += roomOf(range);
        return place;
      });
    },
    add(range, values, { coefficient, share, factor }) {
      const place = places[range]!;
      place.coefficients += coefficient;
      place.shares += share;
      if (coefficient === 0) return;
      row.set(values);
      const count = roundUp(values.length, 4);
      row.fill(0, values.length, count);
      kernels.addScaled(sumsAt + 8 * place.at, 0, count, coefficient * factor);
    },
    finish(range, centre, out) {
      const { at, coefficients, shares } = places[range]!;
      const divisor = Math.max(coefficients, shares);
      if (divisor === 0) return false;
      for (let i = 0; i < out.length; i += 1) out[i] = sums[at + i]! / divisor;
      const rest = 1 - coefficients / divisor;
      if (centre === undefined || rest === 0) return true;
      for (let i = 0; i < out.length; i += 1) out[i] = sums[at + i]! / divisor + rest * centre[i]!;
      return true;
    },
    close: () => closeKernels(kernels),
  };
}

const lengthOf = ({ from, to }: Ranges[number]) => to - from;
/** Kernels take four at a time. */
const roomOf = (range: Ranges[number]) => roundUp(lengthOf(range), 4);

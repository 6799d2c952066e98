// The ranges of figures that members report of themselves, and of the losses in contributions. What comes is refused outside of
// them; what was stored before there were any is read as the nearest value inside.

interface FigureRange {
  readonly least: number;
  readonly most: number;
}

/** Of a mean loss: above it training has diverged, and the number says no more. */
export const lossRange: FigureRange = { least: 0, most: 1e6 };

/** Of a figure that nothing is known of. */
const anyRange: FigureRange = { least: -1e9, most: 1e9 };

const share: FigureRange = { least: 0, most: 1 };

const ranges: ReadonlyMap<string, FigureRange> = new Map([
  ['accuracy', share],
  ['exactMatch', share],
  ['spanF1', share],
  ['loss', lossRange],
  ['heldOutLoss', lossRange],
  ['personalLoss', lossRange],
  ['sharedLoss', lossRange],
]);

export function rangeOfFigure(name: string): FigureRange {
  return ranges.get(name) ?? anyRange;
}

/** Of what the coordinator computes: norms and sums, which have no other end than that of doubles. */
const doubles: FigureRange = { least: -Number.MAX_VALUE, most: Number.MAX_VALUE };

/** A figure of a round or of a contribution as it can be shown, whatever was stored of it. */
export function shownFigure(name: string, value: number): number {
  return insideRange(value, ranges.get(name) ?? doubles);
}

/** The nearest value inside; of NaN the least. */
export function insideRange(value: number, { least, most }: FigureRange): number {
  return Math.min(most, Math.max(least, Number.isNaN(value) ? least : value));
}

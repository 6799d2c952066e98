// The orders at which Rényi divergences are kept. Every mechanism's file gives one figure for each of them, rounds add them
// up, and to-epsilon.ts takes the best: more orders cost time and only ever make an epsilon smaller.

/**
 * Those of Google's dp-accounting, and larger ones for noise so strong that the best order lies above 1024. Fractions
 * between 1 and 11 are for weak noise, whose best order is near 1.
 */
export const orders: readonly number[] = [
  ...Array.from({ length: 99 }, (_, i) => 1 + (i + 1) / 10),
  ...Array.from({ length: 53 }, (_, i) => 11 + i),
  ...[72, 80, 96, 112, 128, 160, 192, 256, 384, 512, 768, 1024, 2048, 4096],
];

/** One Rényi divergence for each of `orders`, in their order; infinity where nothing is claimed. */
export type RenyiCurve = readonly number[];

/** What two mechanisms, or one after the other, reveal together (Mironov 2017, Prop. 1). */
export function composed(a: RenyiCurve, b: RenyiCurve): RenyiCurve {
  return a.map((divergence, i) => divergence + b[i]!);
}

/** The same mechanism so many times. */
export function repeated(curve: RenyiCurve, times: number): RenyiCurve {
  return times === 0 ? nothing : curve.map((divergence) => divergence * times);
}

/** Of who took part in nothing. */
export const nothing: RenyiCurve = orders.map(() => 0);

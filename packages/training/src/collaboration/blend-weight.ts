// How much of a language model's blend (1 - a) alone + a core is core: the a under which examples are likeliest that
// neither part was fitted to. The two adapters are added up, not their predictions: it costs one forward pass, not two, and was measured
// to do better than mixing probabilities and than either part by itself (docs/decisions.md). The likelihood over a is smooth:
// a few values are tried.

/** The values of a that are tried, ascending. */
export const blendGrid = [0, 0.25, 0.5, 0.75, 1] as const;

/** `logLikelihoods`: an entry an example, in nats, one value an a of the grid. Of equal ones the larger a; without examples 1. */
export function blendWeight(logLikelihoods: readonly (readonly number[])[]): number {
  const totals = blendGrid.map((_, place) => logLikelihoods.reduce((sum, logs) => sum + logs[place]!, 0));
  return blendGrid[totals.lastIndexOf(Math.max(...totals))]!;
}

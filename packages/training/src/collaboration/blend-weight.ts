// How much of a language model's blend (1 - a) alone + a core is core: the a under which examples are likeliest that
// neither part was fitted to. The two adapters are added up, not their predictions: it costs one forward pass, not two, and was measured
// to do better than mixing probabilities and than either part by itself (docs/decisions.md). The likelihood over a is smooth:
// a few values are tried.

/** The values of a that are tried, ascending. */
export const blendGrid = [0, 0.25, 0.5, 0.75, 1] as const;

/** Standard errors by which the best must be better than alone before core has the benefit of the doubt. */
const clearly = 2;

/**
 * `logLikelihoods`: an entry an example, in nats, one value an a of the grid. The a with the largest sum, of equal ones the larger; where it is clearly
 * better than alone, the largest a that is no further below it than a standard error of their difference (the one-standard-error rule of
 * Breiman et al. 1984): the evidence does without half of one's own part of core, and errs against it (docs/decisions.md). Without examples 1.
 */
export function blendWeight(logLikelihoods: readonly (readonly number[])[]): number {
  const totals = blendGrid.map((_, place) => sumOf(logLikelihoods.map((logs) => logs[place]!)));
  const best = totals.lastIndexOf(Math.max(...totals));
  const below = (place: number) => {
    const differences = logLikelihoods.map((logs) => logs[best]! - logs[place]!);
    return { nats: totals[best]! - totals[place]!, error: errorOfSum(differences) };
  };
  const alone = below(0);
  if (best === 0 || alone.nats <= clearly * alone.error) return blendGrid[best]!;
  const isAsGood = (place: number) => place === best || below(place).nats <= below(place).error;
  return blendGrid.findLast((_, place) => isAsGood(place))!;
}

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

/** Of the sum of so many independent ones; infinite where one or none says nothing of it. */
function errorOfSum(values: readonly number[]): number {
  const count = values.length;
  if (count < 2) return Number.POSITIVE_INFINITY;
  const mean = sumOf(values) / count;
  return Math.sqrt((count / (count - 1)) * sumOf(values.map((value) => (value - mean) ** 2)));
}

// How well scores tell one kind of thing from another: the area under the ROC curve with its standard error. Pure.

export interface Separation {
  /** The chance that one of the first kind scores above one of the second, ties counted half: 0.5 tells nothing, 1 all. */
  readonly auc: number;
  readonly standardError: number;
}

/**
 * AUC by Mann and Whitney's statistic; its standard error by Hanley and McNeil 1982 (doi 10.1148/radiology.143.1.7063747), where a
 * perfect separation of few is taken for one with half a pair wrong, so that it isn't told as certain. Both lists hold something.
 */
export function separation(ones: readonly number[], others: readonly number[]): Separation {
  const pairs = ones.length * others.length;
  let above = 0;
  for (const one of ones) for (const other of others) above += one > other ? 1 : one === other ? 0.5 : 0;
  const auc = above / pairs;
  const told = Math.min(Math.max(auc, 0.5 / pairs), 1 - 0.5 / pairs);
  const twoOnes = told / (2 - told) - told ** 2;
  const twoOthers = (2 * told ** 2) / (1 + told) - told ** 2;
  const variance =
    (told * (1 - told) + (ones.length - 1) * twoOnes + (others.length - 1) * twoOthers) / pairs;
  return { auc, standardError: Math.sqrt(variance) };
}

/** Of the same attack on several draws of noise: one draw is shared by all its scores, so draws differ by more than their errors. */
export function meanSeparation(draws: readonly Separation[]): Separation {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const auc = mean(draws.map((draw) => draw.auc));
  const within = mean(draws.map(({ standardError }) => standardError ** 2));
  const spread =
    draws.length === 1 ? 0 : draws.reduce((sum, draw) => sum + (draw.auc - auc) ** 2, 0) / (draws.length - 1);
  return { auc, standardError: Math.sqrt(within + spread / draws.length) };
}

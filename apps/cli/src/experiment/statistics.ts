// Means, standard errors and paired differences over people (and seeds), and what chance alone does. Numbers only.

export interface Estimate {
  readonly mean: number;
  /** Standard deviation of the sample over the square root of its size; 0 for a single value. */
  readonly standardError: number;
}

/** Mean and standard error of independent values. Throws on an empty sample. */
export function estimate(values: readonly number[]): Estimate {
  if (values.length === 0) throw new Error('an estimate needs at least one value');
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return { mean, standardError: 0 };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (values.length - 1) / values.length) };
}

/** Estimate of a[i] - b[i]: what the same person gains from one method over another. */
export function pairedDifference(a: readonly number[], b: readonly number[]): Estimate {
  if (a.length !== b.length) throw new Error('paired values must be equally many');
  return estimate(a.map((value, index) => value - b[index]!));
}

/**
 * Two who answer the same questions and are equally good disagree in `disagreements` of them, each as likely either way: the
 * probability that one is more than `margin` answers behind (the sign test's distribution).
 */
export function chanceOfBeingBehind(disagreements: number, margin: number): number {
  let log = -disagreements * Math.LN2; // of none lost
  let chance = 0;
  for (let lost = 0; lost <= disagreements; lost += 1) {
    if (2 * lost - disagreements > margin) chance += Math.exp(log);
    log += Math.log((disagreements - lost) / (lost + 1));
  }
  return chance;
}

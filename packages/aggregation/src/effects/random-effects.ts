// Many small measurements of one thing that differs from member to member, put together: random effects by the method of
// moments (DerSimonian and Laird, "Meta-analysis in clinical trials", Controlled Clinical Trials 7, 1986). Each member counts
// by how sure it is, and less so the more the members differ. What is concluded for one of them is protocol's opinion.ts.

/** One member's measurement and its standard error, above 0; in the same unit. */
export interface Effect {
  readonly value: number;
  readonly standardError: number;
}

/** In the effects' unit. */
export interface GroupEffect {
  readonly mean: number;
  /** Of the mean. */
  readonly standardError: number;
  /** Standard deviation of the members' true effects around the mean; 0 where chance explains their differences. */
  readonly spread: number;
}

/**
 * w_i = 1 / se_i^2, Q = sum w_i (y_i - y_w)^2, spread^2 = max(0, (Q - (k - 1)) / (sum w - sum w^2 / sum w)); then the mean and its
 * error with w_i = 1 / (se_i^2 + spread^2). One effect alone tells no spread: it is 0. Throws RangeError without any.
 */
export function randomEffects(effects: readonly Effect[]): GroupEffect {
  if (effects.length === 0) throw new RangeError('no effects to put together');
  const weights = effects.map(({ standardError }) => 1 / standardError ** 2);
  const total = sum(weights);
  const fixed = sum(effects.map(({ value }, i) => value * weights[i]!)) / total;
  const heterogeneity = sum(effects.map(({ value }, i) => weights[i]! * (value - fixed) ** 2));
  const scale = total - sum(weights.map((weight) => weight ** 2)) / total;
  const excess = heterogeneity - (effects.length - 1);
  const variance = effects.length > 1 ? Math.max(0, excess / scale) : 0;
  const shares = effects.map(({ standardError }) => 1 / (standardError ** 2 + variance));
  const mean = sum(effects.map(({ value }, i) => value * shares[i]!)) / sum(shares);
  return { mean, standardError: 1 / Math.sqrt(sum(shares)), spread: Math.sqrt(variance) };
}

/**
 * Nobody counts more than the middle member does: standard errors below their (lower) median are raised to it. A claim to be
 * surer than half of the group costs its weight nothing and gains it nothing.
 */
export function boundedEffects(effects: readonly Effect[]): Effect[] {
  const errors = effects.map(({ standardError }) => standardError).sort((a, b) => a - b);
  const median = errors[Math.floor((errors.length - 1) / 2)] ?? 0;
  return effects.map(({ value, standardError }) => ({
    value,
    standardError: Math.max(standardError, median),
  }));
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

// What is said of one member's gain, and how sure that is: a normal posterior of its own figure and of what is believed of the
// group. Arithmetic that members and coordinators must do alike, so that "helped 9 of 12" is what the nine were told. Gains are
// measured by training's verdict.ts, the group's are put together by aggregation's random-effects.ts.

export const opinions = ['helped', 'no-gain-seen', 'too-early'] as const;
export type Opinion = (typeof opinions)[number];

/** A share of examples, -1 to 1: right by training together and not by training alone, less the other way round. */
export interface MeasuredGain {
  readonly gain: number;
  /** Above 0. */
  readonly standardError: number;
}

/** Of the gains of a group's members: their mean, that mean's standard error, and their own standard deviation around it. */
export interface GainBelief {
  readonly mean: number;
  readonly standardError: number;
  readonly spread: number;
}

/** Without figures of the group: around no gain, as far as gains were measured to differ between people (docs/decisions.md). */
export const beliefWithoutGroup: GainBelief = { mean: 0, standardError: 0, spread: 0.1 };

/**
 * People differ by at least as much. Where chance alone could explain their differences the method of moments says 0, and then everybody
 * would be told of the group's mean, also a stranger among people whom it helps (docs/decisions.md).
 */
const leastSpread = 0.04;

/** An opinion is told from this certainty on, either way. */
const sure = 0.9;

/**
 * P(the member's true gain > 0) = Phi(m / sqrt(v)), with B = se^2 / (se^2 + spread^2), a spread of 0.04 at least, m = B mean + (1 - B) gain and
 * v = (1 - B) se^2 + B^2 standardError(mean)^2: empirical Bayes in a random-effects model (Morris 1983).
 */
export function probabilityOfGain({ gain, standardError }: MeasuredGain, belief: GainBelief): number {
  const variance = standardError ** 2;
  const pull = variance / (variance + Math.max(belief.spread, leastSpread) ** 2);
  const mean = pull * belief.mean + (1 - pull) * gain;
  const deviation = Math.sqrt((1 - pull) * variance + (pull * belief.standardError) ** 2);
  return normalProbability(mean / deviation);
}

/** So far below the truth a gain may be measured (docs/decisions.md): who is told that no gain is seen has none by more than that. */
const pessimism = 0.05;

/** What is told of a gain; never that somebody was harmed. */
export function opinionOf({ gain, standardError }: MeasuredGain, belief: GainBelief): Opinion {
  if (probabilityOfGain({ gain, standardError }, belief) > sure) return 'helped';
  const atBest = { ...belief, mean: belief.mean + pessimism };
  const possible = probabilityOfGain({ gain: gain + pessimism, standardError }, atBest);
  return possible < 1 - sure ? 'no-gain-seen' : 'too-early';
}

/** Phi(z), to 1e-7 (Abramowitz and Stegun 1964, 26.2.17). */
export function normalProbability(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series = [1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.31938153];
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series.reduce((sum, term) => (sum + term) * t, 0);
  return z < 0 ? tail : 1 - tail;
}

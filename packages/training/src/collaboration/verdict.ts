// Does training together help this member? From evidence.ts's examples: how many more the model trained together has
// right, and how sure that is. Sign and certainty are told, not points: 16 to 64 examples are off by 8 to 16 of those. The
// figures of others in the group are not in it.
import type { Evidence } from './evidence.ts';

export const opinions = ['helped', 'no-gain-seen', 'too-early'] as const;
export type Opinion = (typeof opinions)[number];

export interface Verdict {
  readonly opinion: Opinion;
  /** Probability, 0 to 1, that training together has more right than training alone. */
  readonly helped: number;
  /** Share of own examples that are right by core and not by alone, less the other way round: -1 to 1. */
  readonly gain: number;
  /** Of the gain. */
  readonly standardError: number;
  readonly examples: number;
}

/** Gains differ by so much between people (standard deviation; measured, docs/decisions.md), around none: what is believed first. */
const priorDeviation = 0.1;
/** An opinion is told from this certainty on, either way. */
const sure = 0.9;

/**
 * d_j = right by core - right by alone; one pseudo-error in its variance keeps a few agreeing examples from being certain.
 * With the prior N(0, t^2) on the gain: P(gain > 0) = Phi(m t / (se sqrt(t^2 + se^2))).
 */
export function judge({ right }: Pick<Evidence, 'right'>): Verdict {
  const differences = right.map(([alone, core]) => Number(core) - Number(alone));
  const examples = differences.length;
  if (examples === 0) return { opinion: 'too-early', helped: 0.5, gain: 0, standardError: 1, examples };
  const gain = differences.reduce((sum, difference) => sum + difference, 0) / examples;
  const squares = differences.reduce((sum, difference) => sum + (difference - gain) ** 2, 1);
  const standardError = Math.sqrt(squares / (examples * Math.max(examples - 1, 1)));
  const believed = priorDeviation / Math.hypot(priorDeviation, standardError);
  const helped = normalProbability((gain / standardError) * believed);
  return { opinion: opinionOf(helped), helped, gain, standardError, examples };
}

/** Low probabilities are no proof of harm: a quarter of those who got them had gained a little. */
function opinionOf(helped: number): Opinion {
  if (helped > sure) return 'helped';
  return helped < 1 - sure ? 'no-gain-seen' : 'too-early';
}

/** Phi(z), to 1e-7 (Abramowitz and Stegun 1964, 26.2.17). */
export function normalProbability(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series = [1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.31938153];
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series.reduce((sum, term) => (sum + term) * t, 0);
  return z < 0 ? tail : 1 - tail;
}

// Does training together help this member? From evidence.ts's examples: how many more the model trained together has
// right, and how sure that is. Sign and certainty are told, not points: 16 to 64 examples are off by 8 to 16 of those. What the
// others in the group found comes in as what is believed before; what is concluded of both is protocol's opinion.ts.
import {
  beliefWithoutGroup,
  type GainBelief,
  type MeasuredGain,
  type Opinion,
  opinionOf,
  probabilityOfGain,
} from '@colora/protocol/guard/opinion';
import type { Evidence } from './evidence.ts';

export interface Verdict extends MeasuredGain {
  readonly opinion: Opinion;
  /** Probability, 0 to 1, that training together has more right than training alone. */
  readonly helped: number;
  readonly examples: number;
}

/**
 * d_j = right by core - right by alone; one pseudo-error in its variance keeps a few agreeing examples from being certain.
 * `labels`: how many there were to choose from, where both were fitted to the examples of other folds: the gain is that of models fitted to all of them.
 * Null where a right one means something else: it stays as it was counted.
 */
export function judge({ right }: Pick<Evidence, 'right'>, labels: number | null): Verdict {
  const differences = right.map(([alone, core]) => Number(core) - Number(alone));
  const examples = differences.length;
  if (examples === 0) return { opinion: 'too-early', helped: 0.5, gain: 0, standardError: 1, examples };
  const counted = differences.reduce((sum, difference) => sum + difference, 0) / examples;
  const squares = differences.reduce((sum, difference) => sum + (difference - counted) ** 2, 1);
  const standardError = Math.sqrt(squares / (examples * Math.max(examples - 1, 1)));
  const wrong = (arm: 0 | 1) => right.filter((arms) => !arms[arm]).length / examples;
  const gain = labels === null ? counted : errorOfAll(wrong(0), labels) - errorOfAll(wrong(1), labels);
  return concluded({ gain, standardError, examples }, beliefWithoutGroup);
}

/**
 * The share that a model gets wrong which is fitted to all examples, from the share of them that it got wrong while they were left out: the .632+
 * estimator (Efron and Tibshirani 1997), with no error on what it was fitted to. Of few examples what is left out is missed: a head
 * from zero was measured 16 points too low with 8 of them, and 2 with 48 (docs/decisions.md). Chance is left as it is.
 */
function errorOfAll(leftOut: number, labels: number): number {
  const overfitting = labels > 1 ? Math.min(1, leftOut / (1 - 1 / labels)) : 1;
  return (0.632 * leftOut) / (1 - 0.368 * overfitting);
}

/** The same figures in the light of what is believed of the group; without examples nothing is concluded. */
export function concluded(
  { gain, standardError, examples }: Pick<Verdict, 'gain' | 'standardError' | 'examples'>,
  belief: GainBelief,
): Verdict {
  const measured = { gain, standardError, examples };
  if (examples === 0) return { ...measured, helped: 0.5, opinion: 'too-early' };
  const helped = probabilityOfGain(measured, belief);
  return { ...measured, helped, opinion: opinionOf(measured, belief) };
}

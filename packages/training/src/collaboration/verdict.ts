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

/** d_j = right by core - right by alone; one pseudo-error in its variance keeps a few agreeing examples from being certain. */
export function judge({ right }: Pick<Evidence, 'right'>): Verdict {
  const differences = right.map(([alone, core]) => Number(core) - Number(alone));
  const examples = differences.length;
  if (examples === 0) return { opinion: 'too-early', helped: 0.5, gain: 0, standardError: 1, examples };
  const gain = differences.reduce((sum, difference) => sum + difference, 0) / examples;
  const squares = differences.reduce((sum, difference) => sum + (difference - gain) ** 2, 1);
  const standardError = Math.sqrt(squares / (examples * Math.max(examples - 1, 1)));
  return concluded({ gain, standardError, examples }, beliefWithoutGroup);
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

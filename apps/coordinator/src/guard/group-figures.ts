// What a group's members told of their verdicts, put together: means that are the same for whoever asks, and change only when
// `figuresAtOnce` more members have told. So nobody's own figures are the difference of two answers. No database here.
import { boundedEffects, randomEffects } from '@colora/aggregation/effects/random-effects';
import { figuresAtOnce, type GroupFigures, type MemberFigures } from '@colora/protocol/guard/figures';
import {
  beliefWithoutGroup,
  type MeasuredGain,
  type Opinion,
  opinionOf,
} from '@colora/protocol/guard/opinion';

type Figures = Omit<MemberFigures, 'version'>;

/** `told`: in the order in which they told it; those after the last full four are not in it. Null while there are too few. */
export function groupFiguresOf(told: readonly Figures[]): GroupFigures | null {
  const reporters = told.length - (told.length % figuresAtOnce);
  if (reporters === 0) return null;
  // summed in an order of their own: the same ones give the same bytes, whoever came first
  const counted = told
    .slice(0, reporters)
    .sort((a, b) => a.gain - b.gain || a.standardError - b.standardError);
  const shares = counted.reduce((sum, { shareOfCore }) => sum + shareOfCore, 0);
  const effects = counted
    .map(measuredGain)
    .map(({ gain, standardError }) => ({ value: gain, standardError }));
  return {
    reporters,
    shareOfCore: shares / (100 * reporters),
    gain: randomEffects(boundedEffects(effects)),
  };
}

/** What each of them is told. */
export function opinionsOf(told: readonly Figures[], figures: GroupFigures | null): Opinion[] {
  const belief = figures?.gain ?? beliefWithoutGroup;
  return told.map((one) => opinionOf(measuredGain(one), belief));
}

function measuredGain({ gain, standardError }: Figures): MeasuredGain {
  return { gain: gain / 100, standardError: standardError / 100 };
}

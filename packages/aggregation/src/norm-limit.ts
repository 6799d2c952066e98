// How large an L2 norm a round's contributions may have, before any rule sees them: a multiple of what members send, held
// between bounds that the group's settings give. Pure; who sent what, and who is refused, is the coordinator's affair.
import type { AggregationSettings } from '@colora/protocol/aggregation-settings';
import { phasesOf, sharedRateOf, type TaskSettings } from '@colora/protocol/task-settings';

type LimitSettings = Pick<TaskSettings, 'task' | 'training'>;

/** Rounds of which the median is taken. */
export const medianRounds = 5;

/** More than any honest contribution had on the demo and the language-model example (docs/decisions.md). */
const largestMeasured = 10;

/**
 * The L2 norm that an honest contribution of these settings has at most. A step of Adam moves a value by about its rate at
 * most, so their number, the rate and the number of values tell how far all of them go (a third to a half of it was measured); what
 * SGD and gradients send goes by the gradient, and is taken to be no larger than what was measured.
 *
 * `elements`: of all shared tensors.
 */
export function usualNorm(settings: LimitSettings, elements: number): number {
  const { contribution, optimizer, sharedSteps, personalSteps, headRate } = settings.training;
  if (contribution === 'gradient') return largestMeasured;
  const steps = sharedSteps + (phasesOf(settings) === 'joint' ? personalSteps : 0);
  const way = steps * Math.max(sharedRateOf(settings), headRate);
  return optimizer === 'sgd'
    ? largestMeasured * Math.max(1, way)
    : Math.max(largestMeasured, way * Math.sqrt(elements));
}

/**
 * `factor` times the median, but not below what is usual (a newcomer's first round is as large as everybody's was) nor
 * above `factor` times that (a majority of liars would else raise it as they like). Without a median the latter.
 *
 * `median`: of the norms of what was counted in the last `medianRounds` rounds, the lower one of an even number, so that
 * one liar of two doesn't make it; null before the first.
 */
export function roundNormLimit(
  factor: Exclude<AggregationSettings['normBound'], 'off'>,
  usual: number,
  median: number | null,
): number {
  const most = factor * usual;
  return median === null ? most : Math.min(most, Math.max(usual, factor * median));
}

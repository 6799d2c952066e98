// With which weight one contribution is in the next checkpoint, where that can be said: the mean of a round and a plain
// server step are a sum of contributions, each times a number of its own. Other rules choose or bend what they take by all
// of the round's contributions, other optimizers by all rounds before; there a part of a checkpoint is nobody's own.
import type { AggregationSettings } from '@colora/protocol/aggregation-settings';
import type { Sender } from './rules/rule.ts';
import { stalenessFactor } from './staleness.ts';

/** Whether checkpoint[v + 1] = checkpoint[v] - sum of weight * contribution, each weight as `appliedWeight` tells. */
export function isSumOfContributions({
  rule,
  optimizer,
}: Pick<AggregationSettings, 'rule' | 'optimizer'>): boolean {
  return rule === 'mean' && optimizer === 'plain';
}

/** `total`: the weights (before staleness) of all contributions of the round that hold the tensor, summed. */
export function appliedWeight(
  { rate }: Pick<AggregationSettings, 'rate'>,
  { weight, staleness }: Pick<Sender, 'weight' | 'staleness'>,
  total: number,
): number {
  return (rate * weight * stalenessFactor(staleness)) / total;
}

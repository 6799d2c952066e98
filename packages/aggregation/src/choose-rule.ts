// From a task group's settings to its aggregation rule. The rules themselves stand one to a file.
import type { AggregationSettings } from '@colora/protocol/aggregation-settings';
import { AggregationError } from './aggregation-error.ts';
import { mean } from './mean.ts';
import { median } from './median.ts';
import type { AggregationRule } from './rule.ts';
import { trimmedMean } from './trimmed-mean.ts';

export type RuleSettings = Pick<AggregationSettings, 'rule' | 'trim' | 'byzantine' | 'radius'>;

const makers: Partial<Record<RuleSettings['rule'], (settings: RuleSettings) => AggregationRule>> = {
  mean: () => mean,
  median: () => median,
  'trimmed-mean': trimmedMean,
};

/** Throws AggregationError on an unknown rule (listing the known) and on numbers outside of their range. */
export function chooseRule(settings: RuleSettings): AggregationRule {
  const make = Object.hasOwn(makers, settings.rule) ? makers[settings.rule] : undefined;
  if (make !== undefined) return make(settings);
  const known = Object.keys(makers).join(', ');
  throw new AggregationError('bad-setting', `no rule ${settings.rule}; known are ${known}`);
}

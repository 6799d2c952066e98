// From a task group's settings to its aggregation rule. The rules themselves stand one to a file.
import type { AggregationSettings } from '@colora/protocol/aggregation-settings';
import { AggregationError } from '../aggregation-error.ts';
import { centeredClipping } from './centered-clipping.ts';
import { geometricMedian } from './geometric-median.ts';
import { krum, multiKrum } from './krum.ts';
import { mean } from './mean.ts';
import { median } from './median.ts';
import { normBound } from './norm-bound.ts';
import type { AggregationRule } from './rule.ts';
import { trimmedMean } from './trimmed-mean.ts';

export type RuleSettings = Pick<AggregationSettings, 'rule' | 'trim' | 'byzantine' | 'radius'>;

const makers: Record<RuleSettings['rule'], (settings: RuleSettings) => AggregationRule> = {
  mean: () => mean,
  'norm-bound': normBound,
  median: () => median,
  'trimmed-mean': trimmedMean,
  krum,
  'multi-krum': multiKrum,
  'geometric-median': () => geometricMedian,
  'centered-clipping': centeredClipping,
};

/** Throws AggregationError on an unknown rule (listing the known) and on numbers outside of their range. */
export function chooseRule(settings: RuleSettings): AggregationRule {
  if (Object.hasOwn(makers, settings.rule)) return makers[settings.rule](settings);
  const known = Object.keys(makers).join(', ');
  throw new AggregationError('bad-setting', `no rule ${settings.rule}; known are ${known}`);
}

// Checks of the numbers a rule or a server optimizer is set up with; each names the setting and what it may be.
import { AggregationError } from './aggregation-error.ts';

/** Throws AggregationError unless `value` is finite and above 0. */
export function assertPositive(setting: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new AggregationError('bad-setting', `${setting} must be a finite number above 0, not ${value}`);
}

/** Throws AggregationError unless `value` is at least 0 and below 1. */
export function assertDecay(setting: string, value: number): void {
  if (value >= 0 && value < 1) return;
  throw new AggregationError('bad-setting', `${setting} must be at least 0 and below 1, not ${value}`);
}

/** Throws AggregationError unless `value` is an integer of at least 0. */
export function assertCount(setting: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new AggregationError('bad-setting', `${setting} must be an integer of at least 0, not ${value}`);
}

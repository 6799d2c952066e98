// Coefficients that hold back what is too far: w_i min(1, radius / distance_i), with the share w_i. The part held back
// stays at the centre the distances were measured from (rule.ts).
import { AggregationError } from '../aggregation-error.ts';
import { assertPositive } from '../setting-checks.ts';
import type { Combination } from './rule.ts';

export function scaleDown(
  weights: readonly number[],
  distances: readonly number[],
  radius: number,
): Combination {
  return {
    coefficients: weights.map((weight, i) => weight * Math.min(1, radius / distances[i]!)),
    shares: weights,
    metrics: { ruleClipped: distances.filter((distance) => distance > radius).length },
  };
}

/** Throws AggregationError unless there is a radius above 0. */
export function assertRadius(rule: string, radius: number | undefined): number {
  if (radius === undefined)
    throw new AggregationError('bad-setting', `the rule ${rule} needs aggregation.radius`);
  assertPositive('radius', radius);
  return radius;
}

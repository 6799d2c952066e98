// Norm bounding (Sun et al. 2019, arXiv 1911.07963, section 4): the weighted mean of contributions scaled down to an L2
// norm of at most `radius`. Weights count as in the mean. It bounds how far one contribution moves the model in a round;
// it doesn't find out who is hostile, and many small pushes in one direction still add up.
import type { CombinationRule } from './rule.ts';
import { assertRadius, scaleDown } from './scale-down.ts';

/** Throws AggregationError without a radius above 0. */
export function normBound(settings: { readonly radius?: number | undefined }): CombinationRule {
  const radius = assertRadius('norm-bound', settings.radius);
  return {
    kind: 'combination',
    name: 'norm-bound',
    minimum: 1,
    needs: 'nothing',
    combine: ({ weights, norms }) => scaleDown(weights, norms, radius),
  };
}

// Centered clipping (Karimireddy, He and Jaggi 2021, arXiv 2012.10333, algorithm 2 with one iteration, which they found
// enough): the update v of the round before is the centre, and
//   v <- v + sum_i w_i (x_i - v) min(1, radius / |x_i - v|) / sum_i w_i
// from v = 0. The paper's mean is uniform; weights count here as in the mean, so that with weights by examples it is the
// hostile share of the capped weights that matters. Each distance is over the tensors the contribution holds: nothing
// else of the centre is moved by it.
import type { CombinationRule } from './rule.ts';
import { assertRadius, scaleDown } from './scale-down.ts';

/** Throws AggregationError without a radius above 0. */
export function centeredClipping(settings: { readonly radius?: number | undefined }): CombinationRule {
  const radius = assertRadius('centered-clipping', settings.radius);
  return {
    kind: 'combination',
    name: 'centered-clipping',
    minimum: 1,
    needs: 'centre',
    combine: ({ weights, distances }) => scaleDown(weights, distances, radius),
  };
}

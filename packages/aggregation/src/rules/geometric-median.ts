// The geometric median, argmin_z sum_i w_i |z - x_i|, by the smoothed Weiszfeld algorithm (RFA: Pillutla, Kakade and
// Harchaoui 2019, arXiv 1912.13445, algorithm 2):  b_i = w_i / max(nu, |z - x_i|),  z <- sum b_i x_i / sum b_i.
// z stays a combination sum c_i x_i, so that distances come from the Gram matrix alone,
// |z - x_i|^2 = G_ii - 2 (G c)_i + c^T G c: an outlier's huge products come times its tiny coefficient, where squared
// distances between contributions would cancel. Iterated till it stands still, since that costs n^2 an iteration
// whatever the model's size (the paper stops after three passes over the model).
// Weights count as in the paper: less than half of the (capped) weight can't move it out of reach.

import { total } from '../total.ts';
import type { Combination, CombinationInputs, CombinationRule } from './rule.ts';

/** nu, as a part of the median norm of the contributions: the rule then doesn't depend on the updates' scale. */
const smoothing = 1e-6;
/** The median norm where most contributions are zeros: any positive number serves. */
const smallest = 1e-100;
const mostIterations = 1000;
/** An iteration that moves z by less than this part of the median norm is the last. */
const tolerance = 1e-11;

export const geometricMedian: CombinationRule = {
  kind: 'combination',
  name: 'geometric-median',
  minimum: 1,
  needs: 'gram',
  combine: weiszfeld,
};

function weiszfeld({ weights, norms, gram }: CombinationInputs): Combination {
  const all = total(weights);
  const scale = Math.max(middle(norms), smallest);
  let parts = normalised(weights);
  let iterations = 0;
  let moved = Number.POSITIVE_INFINITY;
  while (moved > tolerance * scale && iterations < mostIterations) {
    const before = parts;
    const distances = distancesFrom(before, gram);
    parts = normalised(weights.map((weight, i) => weight / Math.max(smoothing * scale, distances[i]!)));
    moved = total(parts.map((part, i) => Math.abs(part - before[i]!) * norms[i]!));
    iterations += 1;
  }
  const coefficients = parts.map((part) => part * all);
  return { coefficients, shares: weights, metrics: { ruleIterations: iterations } };
}

/** Of every x_i from sum_j parts_j x_j. */
function distancesFrom(parts: readonly number[], gram: Float64Array): number[] {
  const n = parts.length;
  const towards = parts.map((_, i) => parts.reduce((sum, part, j) => sum + part * gram[i * n + j]!, 0));
  const own = parts.reduce((sum, part, i) => sum + part * towards[i]!, 0);
  return towards.map((product, i) => Math.sqrt(Math.max(0, gram[i * n + i]! - 2 * product + own)));
}

function normalised(values: readonly number[]): number[] {
  const sum = total(values);
  return values.map((value) => value / sum);
}

function middle(values: readonly number[]): number {
  return Float64Array.from(values).sort()[values.length >> 1]!;
}

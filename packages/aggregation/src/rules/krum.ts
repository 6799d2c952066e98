// Krum and Multi-Krum (Blanchard et al. 2017, "Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent",
// NeurIPS, section 4). With n contributions of which f may be hostile, n >= 2 f + 3, a contribution's score is the sum of
// its squared distances to the n - f - 2 others nearest to it. Krum takes the one with the lowest score, Multi-Krum the
// mean of the m = n - f - 2 lowest (the largest m with a proof: El Mhamdi, Guerraoui and Rouault 2018, arXiv 1802.07927).
// Of equal scores the first in the order of participants wins. Unweighted: what is counted is participants, since a
// number of examples is a claim that a hostile one makes as it likes.
import { fewestContributions } from '@colora/protocol/aggregation-settings';
import { assertCount } from '../setting-checks.ts';
import { squaredDistances } from './gram.ts';
import type { Combination, CombinationInputs, CombinationRule } from './rule.ts';

interface KrumSettings {
  /** f, at least 0. */
  readonly byzantine: number;
}

/** Throws AggregationError unless `byzantine` is an integer of at least 0. */
export function krum({ byzantine }: KrumSettings): CombinationRule {
  return selection('krum', byzantine, () => 1);
}

/** Throws AggregationError unless `byzantine` is an integer of at least 0. */
export function multiKrum({ byzantine }: KrumSettings): CombinationRule {
  return selection('multi-krum', byzantine, (n) => n - byzantine - 2);
}

function selection(
  name: 'krum' | 'multi-krum',
  byzantine: number,
  chosenOf: (n: number) => number,
): CombinationRule {
  assertCount('byzantine', byzantine);
  return {
    kind: 'combination',
    name,
    minimum: fewestContributions({ rule: name, byzantine, trim: 0 }),
    needs: 'gram',
    combine: (inputs) => choose(inputs, byzantine, chosenOf(inputs.weights.length)),
  };
}

function choose({ weights, gram }: CombinationInputs, byzantine: number, most: number): Combination {
  const n = weights.length;
  const distances = squaredDistances(gram, n);
  const scores = weights.map((_, i) => scoreOf(distances.subarray(i * n, (i + 1) * n), i, n - byzantine - 2));
  const order = scores.map((_, i) => i).sort((a, b) => scores[a]! - scores[b]! || a - b);
  const chosen = new Set(order.slice(0, most));
  const coefficients = weights.map((_, i) => (chosen.has(i) ? 1 : 0));
  return { coefficients, shares: coefficients, metrics: { ruleLeftOut: n - chosen.size } };
}

function scoreOf(distances: Float64Array, own: number, neighbours: number): number {
  const others = distances.filter((_, j) => j !== own).sort();
  return others.subarray(0, neighbours).reduce((sum, distance) => sum + distance, 0);
}

// What an aggregation rule is: pure functions from what a round's contributions hold to the round's update. Two kinds,
// one rule a file (mean.ts, median.ts, krum.ts, …; choose-rule.ts picks one). A rule knows nothing of storage:
// run-rule.ts walks over the stored pieces and gives each rule what it needs, in at most two passes.
//
// A contribution holds some of the checkpoint's tensors. Each tensor of the update is taken over those that sent it.
// Where whole contributions are compared (norms, the Gram matrix) a tensor that one didn't send counts as zeros: it
// moves nothing there. Comparing only what all of them hold would let one contribution of a single small tensor blind
// the rule to everything else, and what few hold would never be looked at.

/** What is known of a contribution beside its values. */
export interface Sender {
  /** How much it counts: 1, or its number of examples up to a cap. Finite and above 0. */
  readonly weight: number;
  /**
   * How many versions older than the round's checkpoint the one is that it was made at: 0 unless it came late.
   * Every rule sees late contributions scaled down (staleness.ts).
   */
  readonly staleness: number;
  /** L2 norm over all of its tensors, as decoded. */
  readonly norm: number;
}

/** Works element by element, on any range of a tensor by itself. */
export interface CoordinateRule {
  readonly kind: 'coordinate';
  readonly name: string;
  /** Fewest contributions a round needs. */
  readonly minimum: number;
  /**
   * From the same elements of all contributions that hold them (at least one, in the order of participants, of equal
   * lengths) to those of the update. Weights don't count: see the rule's file.
   */
  range(rows: readonly Float32Array[], out: Float32Array): void;
}

/**
 * What a combination wants to know beside the senders:
 * nothing  no extra pass
 * centre   the update of the round before as `rule/centre/<tensor>` in the optimizer's state (zeros in the first
 *          round), and how far each contribution is from it: one extra pass, nothing extra in the first round
 * gram     all inner products: one extra pass, with n^2 / 2 multiplications an element
 */
type CombinationNeeds = 'nothing' | 'centre' | 'gram';

/** Finds one coefficient a contribution; with them the update is a sum of contributions, tensor by tensor. */
export interface CombinationRule {
  readonly kind: 'combination';
  readonly name: string;
  readonly minimum: number;
  readonly needs: CombinationNeeds;
  combine(inputs: CombinationInputs): Combination;
}

/** All of contributions as they count after staleness, in the senders' order. */
export interface CombinationInputs {
  readonly weights: readonly number[];
  /** L2 norms over all of a contribution's tensors. */
  readonly norms: readonly number[];
  /** L2 distances to the centre, each over the tensors the contribution holds; empty unless `centre` is needed. */
  readonly distances: readonly number[];
  /** <x_i, x_j> at i * n + j; empty unless `gram` is needed. */
  readonly gram: Float64Array;
}

/**
 * Tensor t of the update, over the contributions S that hold it:
 *   u_t = sum_S c_i x_it / d + (1 - sum_S c_i / d) centre_t,   d = max(sum_S c_i, sum_S v_i)
 * with coefficients c, shares v, and zeros for the centre of rules that keep none. So c = v is a weighted mean of those
 * that sent t, and c_i < v_i holds contribution i back. A tensor whose d is 0 is not in the update.
 */
export interface Combination {
  readonly coefficients: readonly number[];
  readonly shares: readonly number[];
  /** The rule's own figures. */
  readonly metrics: Readonly<Record<string, number>>;
}

export type AggregationRule = CoordinateRule | CombinationRule;

// The weighted mean of contributions, taken one after the other: mean_t = sum w_k x_kt / sum w_k over those k that
// sent tensor t (federated averaging, McMahan et al. 2017, arXiv 1602.05629, on updates and on subsets of tensors).
// Not here: what the mean does to the checkpoint (server-optimizer.ts).
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import { AggregationError } from './aggregation-error.ts';
import { assertFits, assertWeight, type Contribution, type Schema } from './contribution.ts';

/** Sums so far, in f64: twice the model's bytes, however many contributions come. */
export interface WeightedMeanState {
  readonly schema: Schema;
  /** Only of tensors that somebody sent. */
  readonly sums: Map<string, WeightedSum>;
}

interface WeightedSum {
  readonly values: Float64Array;
  weight: number;
}

/** The state before the first contribution; a checkpoint's tensors serve as `schema`. */
export function init(schema: Schema): WeightedMeanState {
  return { schema, sums: new Map() };
}

/**
 * Adds one contribution to the state in place (a copy would double the memory) and returns it.
 * Throws AggregationError on a bad weight, an unknown tensor or a wrong shape, before anything is added.
 */
export function accumulate(state: WeightedMeanState, contribution: Contribution): WeightedMeanState {
  const { weight, tensors } = contribution;
  assertWeight(weight);
  for (const [name, tensor] of tensors) assertFits(state.schema, name, tensor);
  for (const [name, { data }] of tensors) {
    const sum = state.sums.get(name) ?? { values: new Float64Array(data.length), weight: 0 };
    addWeighted(sum.values, data, weight);
    sum.weight += weight;
    state.sums.set(name, sum);
  }
  return state;
}

/**
 * Adds one tensor of a contribution, for those read off a stream: one tensor in memory instead of all. Each tensor
 * at most once a contribution. A stream that breaks off has been counted in part: start again from `init`.
 */
export function accumulateTensor(
  state: WeightedMeanState,
  weight: number,
  name: string,
  tensor: Tensor,
): WeightedMeanState {
  return accumulate(state, { weight, tensors: new Map([[name, tensor]]) });
}

/**
 * Every tensor averaged over the contributions that sent it; tensors nobody sent are absent.
 * Throws AggregationError where NaN or infinity came out: then a contribution was admitted that never should be.
 */
export function finish(state: WeightedMeanState): TensorMap {
  const means = new Map<string, Tensor>();
  for (const name of state.schema.keys()) {
    const sum = state.sums.get(name);
    if (sum !== undefined) means.set(name, mean(name, state.schema.get(name)!.shape, sum));
  }
  return means;
}

/** sums += weight * data. Four at a time: 1.5 times as fast in V8 while the values are in the cache. */
function addWeighted(sums: Float64Array, data: Float32Array, weight: number): void {
  const whole = data.length - (data.length % 4);
  for (let i = 0; i < whole; i += 4) {
    const first = sums[i]! + weight * data[i]!;
    const second = sums[i + 1]! + weight * data[i + 1]!;
    const third = sums[i + 2]! + weight * data[i + 2]!;
    const fourth = sums[i + 3]! + weight * data[i + 3]!;
    sums[i] = first;
    sums[i + 1] = second;
    sums[i + 2] = third;
    sums[i + 3] = fourth;
  }
  for (let i = whole; i < data.length; i += 1) sums[i]! += weight * data[i]!;
}

function mean(name: string, shape: readonly number[], sum: WeightedSum): Tensor {
  const data = new Float32Array(sum.values.length);
  for (let i = 0; i < data.length; i += 1) {
    data[i] = sum.values[i]! / sum.weight;
    if (!Number.isFinite(data[i]))
      throw new AggregationError('not-finite', `the mean of ${name} is not finite`);
  }
  return { shape, data };
}

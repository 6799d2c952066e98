// What one participant sends in one round, and the checks that hold for every aggregation rule.
// Not here: admission (versions, sizes, norms, duplicates), which is the coordinator's.
import { sameShape, type Tensor, type TensorMap } from '@colora/tensors/tensor';
import { AggregationError } from './aggregation-error.ts';

export interface Contribution {
  /** How much it counts beside the others, say its number of examples; finite and above 0. */
  readonly weight: number;
  /** An update of some or all shared tensors, to be subtracted: a gradient, or start - end of local steps. */
  readonly tensors: TensorMap;
}

/** Names and shapes that contributions may hold; a checkpoint's TensorMap is one. */
export type Schema = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/** Throws AggregationError unless the weight is finite and above 0. */
export function assertWeight(weight: number): void {
  if (Number.isFinite(weight) && weight > 0) return;
  throw new AggregationError(
    'bad-weight',
    `a contribution's weight must be finite and above 0, not ${weight}`,
  );
}

/** Throws AggregationError unless the schema holds `name` in the tensor's shape, and the data fill it. */
export function assertFits(schema: Schema, name: string, tensor: Tensor): void {
  const expected = schema.get(name);
  if (expected === undefined) {
    throw new AggregationError('unknown-tensor', `the checkpoint holds no tensor ${name}`);
  }
  const shape = `[${expected.shape.join(', ')}]`;
  if (!sameShape(expected.shape, tensor.shape)) {
    const message = `tensor ${name} has shape [${tensor.shape.join(', ')}], the checkpoint's is ${shape}`;
    throw new AggregationError('wrong-shape', message);
  }
  if (tensor.data.length !== expected.shape.reduce((count, size) => count * size, 1)) {
    const message = `tensor ${name} holds ${tensor.data.length} values, which its shape ${shape} doesn't`;
    throw new AggregationError('wrong-shape', message);
  }
}

// The centre that some rules keep between rounds: the update of the round before, as `rule/centre/<tensor>` beside the
// server optimizer's own state. A tensor without one has zeros for its centre.
import { sameShape, type Tensor, type TensorMap } from '@colora/tensors/tensor';
import { AggregationError } from './aggregation-error.ts';
import type { Schema } from './contribution.ts';

const prefix = 'rule/centre/';

/** By tensor name; empty before the first round. Throws AggregationError on another shape than the schema's. */
export function centreOf(state: TensorMap, schema: Schema): TensorMap {
  const centre = new Map<string, Tensor>();
  for (const [key, tensor] of state) {
    const name = key.slice(prefix.length);
    const expected = schema.get(name);
    if (!key.startsWith(prefix) || expected === undefined) continue;
    if (!sameShape(expected.shape, tensor.shape))
      throw new AggregationError('wrong-shape', `the rule's state ${key} has another shape than its tensor`);
    centre.set(name, tensor);
  }
  return centre;
}

/** The state with `update` as the centre of the tensors it holds. */
export function withCentre(state: TensorMap, update: TensorMap): TensorMap {
  return new Map([...state, ...[...update].map(([name, tensor]) => [prefix + name, tensor] as const)]);
}

// The walk that all server optimizers share: check the update, step tensor by tensor, measure, refuse the non-finite.
// Not here: any rule; each is a function from one tensor to its step.
import { norm } from '@colora/tensors/arithmetic';
import { sameShape, type Tensor, type TensorMap } from '@colora/tensors/tensor';
import { AggregationError } from '../aggregation-error.ts';
import { assertFits } from '../contribution.ts';
import type { ServerStep } from './server-optimizer.ts';

/** One tensor's rule: fills `step` (what is to be subtracted) and returns the tensor's new state by key prefix. */
type StepRule = (
  update: Float32Array,
  step: Float64Array,
  previous: (prefix: string) => Float32Array | undefined,
) => Record<string, Float32Array>;

/** Applies `rule` to each tensor of `update`; computed in f64, rounded once to f32. */
export function takeStep(state: TensorMap, params: TensorMap, update: TensorMap, rule: StepRule): ServerStep {
  const nextState = new Map(state);
  const nextParams = new Map(params);
  let stepSquares = 0;
  for (const [name, tensor] of update) {
    assertFits(params, name, tensor);
    const { shape, data } = params.get(name)!;
    const step = new Float64Array(data.length);
    const kept = rule(tensor.data, step, (prefix) => stateOf(state, `${prefix}/${name}`, shape));
    for (const [prefix, values] of Object.entries(kept))
      nextState.set(`${prefix}/${name}`, { shape, data: values });
    nextParams.set(name, stepped(name, { shape, data }, step));
    for (let i = 0; i < step.length; i += 1) stepSquares += step[i]! * step[i]!;
  }
  const metrics = { updateNorm: norm(update), stepNorm: Math.sqrt(stepSquares) };
  return { state: nextState, params: nextParams, metrics };
}

function stepped(name: string, { shape, data }: Tensor, step: Float64Array): Tensor {
  const moved = new Float32Array(data.length);
  for (let i = 0; i < moved.length; i += 1) {
    moved[i] = data[i]! - step[i]!;
    if (!Number.isFinite(moved[i])) {
      const message = `the step would make ${name} infinite or NaN; lower the server's rate`;
      throw new AggregationError('not-finite', message);
    }
  }
  return { shape, data: moved };
}

function stateOf(state: TensorMap, key: string, shape: readonly number[]): Float32Array | undefined {
  const kept = state.get(key);
  if (kept !== undefined && !sameShape(kept.shape, shape)) {
    throw new AggregationError(
      'wrong-shape',
      `the optimizer's state ${key} has another shape than its tensor`,
    );
  }
  return kept?.data;
}

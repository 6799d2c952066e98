// FedAvgM: server momentum (Hsu, Qi and Brown 2019, arXiv 1909.06335, section 4.3):
// v <- momentum * v + update, x <- x - rate * v. The paper's rate is 1. No damping and no Nesterov look-ahead.
import { assertDecay, assertPositive } from '../setting-checks.ts';
import type { ServerOptimizer } from './server-optimizer.ts';
import { takeStep } from './take-step.ts';

/** `momentum` is 0.9 unless told. State: `momentum/<tensor>`, v, from 0. */
export function fedavgm(settings: { readonly rate: number; readonly momentum?: number }): ServerOptimizer {
  const { rate, momentum = 0.9 } = settings;
  assertPositive('rate', rate);
  assertDecay('momentum', momentum);
  return {
    name: 'fedavgm',
    init: () => new Map(),
    next: (state, params, update) =>
      takeStep(state, params, update, (values, step, previous) => {
        const before = previous('momentum');
        const velocity = new Float32Array(values.length);
        for (let i = 0; i < step.length; i += 1) {
          const v = momentum * (before?.[i] ?? 0) + values[i]!;
          velocity[i] = v;
          step[i] = rate * v;
        }
        return { momentum: velocity };
      }),
  };
}

// The plain server step: x <- x - rate * update. With rate 1 and deltas it is federated averaging itself
// (McMahan et al. 2017, arXiv 1602.05629); with gradients it is server SGD.
import { assertPositive } from '../setting-checks.ts';
import type { ServerOptimizer } from './server-optimizer.ts';
import { takeStep } from './take-step.ts';

export function plain(settings: { readonly rate: number }): ServerOptimizer {
  const { rate } = settings;
  assertPositive('rate', rate);
  return {
    name: 'plain',
    init: () => new Map(),
    next: (state, params, update) =>
      takeStep(state, params, update, (values, step) => {
        for (let i = 0; i < step.length; i += 1) step[i] = rate * values[i]!;
        return {};
      }),
  };
}

// Plain stochastic gradient descent: p <- p - rate (g + weightDecay p).
import type { TensorMap } from '@colora/tensors/tensor';
import type { LocalOptimizer } from './local-optimizer.ts';

export function sgd({ weightDecay = 0 } = {}): LocalOptimizer {
  return {
    name: 'sgd',
    init: () => new Map(),
    next(state, params, gradients, rateOf) {
      const moved = new Map(params);
      for (const [name, gradient] of gradients) {
        const { shape, data } = params.get(name)!;
        const rate = rateOf(name);
        const next = new Float32Array(data.length);
        for (let i = 0; i < next.length; i += 1) {
          next[i] = data[i]! - rate * (gradient.data[i]! + weightDecay * data[i]!);
        }
        moved.set(name, { shape, data: next });
      }
      return { state, params: moved satisfies TensorMap };
    },
  };
}

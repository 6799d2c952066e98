// FedYogi (Reddi et al. 2021, arXiv 2003.00295): v <- v - (1 - beta2) d^2 sign(v - d^2); the rest is adaptive.ts.
// v moves by an amount that doesn't depend on v: after a large update the rate recovers slowly, not at once.
import { type AdaptiveSettings, adaptive } from './adaptive.ts';
import type { ServerOptimizer } from './server-optimizer.ts';

export function fedyogi(settings: AdaptiveSettings): ServerOptimizer {
  return adaptive(
    'fedyogi',
    settings,
    (v, squared, beta2) => v - (1 - beta2) * squared * Math.sign(v - squared),
  );
}

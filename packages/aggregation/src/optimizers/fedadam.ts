// FedAdam (Reddi et al. 2021, arXiv 2003.00295): v <- beta2 v + (1 - beta2) d^2; the rest is adaptive.ts.
import { type AdaptiveSettings, adaptive } from './adaptive.ts';
import type { ServerOptimizer } from './server-optimizer.ts';

export function fedadam(settings: AdaptiveSettings): ServerOptimizer {
  return adaptive('fedadam', settings, (v, squared, beta2) => beta2 * v + (1 - beta2) * squared);
}

// FedAdagrad (Reddi et al. 2021, arXiv 2003.00295): v <- v + d^2; the rest is adaptive.ts. v only grows, so that steps
// shrink over the rounds by themselves. Without momentum, as in the paper's experiments: beta1 is not looked at.
import { type AdaptiveSettings, adaptive } from './adaptive.ts';
import type { ServerOptimizer } from './server-optimizer.ts';

export function fedadagrad(settings: AdaptiveSettings): ServerOptimizer {
  return adaptive('fedadagrad', { ...settings, beta1: 0 }, (v, squared) => v + squared);
}

// What FedAdam, FedYogi and FedAdagrad have in common (Reddi et al. 2021, arXiv 2003.00295, algorithm 2), d being the update:
//   m <- beta1 m + (1 - beta1) d      v <- the rule's own      x <- x - rate * m / (sqrt(v) + tau)
// from m = 0 and v = tau^2 (the paper asks for v >= tau^2). As in the paper there is no bias correction: early steps
// are shorter than Adam's.
import { assertDecay, assertPositive } from '../setting-checks.ts';
import type { ServerOptimizer } from './server-optimizer.ts';
import { takeStep } from './take-step.ts';

export interface AdaptiveSettings {
  readonly rate: number;
  /** Decay of the first moment; 0.9 unless told. */
  readonly beta1?: number;
  /** Decay of the second moment; 0.99 unless told. */
  readonly beta2?: number;
  /** Degree of adaptivity, also the floor of the denominator; 1e-3 unless told. */
  readonly tau?: number;
}

/** The new second moment from the old one and the squared update. */
type SecondMoment = (second: number, squared: number, beta2: number) => number;

/** State: `momentum/<tensor>`, m, and `second/<tensor>`, v. */
export function adaptive(
  name: string,
  settings: AdaptiveSettings,
  secondMoment: SecondMoment,
): ServerOptimizer {
  const { rate, beta1 = 0.9, beta2 = 0.99, tau = 1e-3 } = settings;
  assertPositive('rate', rate);
  assertDecay('beta1', beta1);
  assertDecay('beta2', beta2);
  assertPositive('tau', tau);
  return {
    name,
    init: () => new Map(),
    next: (state, params, update) =>
      takeStep(state, params, update, (values, step, previous) => {
        const oldFirst = previous('momentum');
        const oldSecond = previous('second');
        const momentum = new Float32Array(values.length);
        const second = new Float32Array(values.length);
        for (let i = 0; i < step.length; i += 1) {
          const d = values[i]!;
          const m = beta1 * (oldFirst?.[i] ?? 0) + (1 - beta1) * d;
          const v = secondMoment(oldSecond?.[i] ?? tau * tau, d * d, beta2);
          momentum[i] = m;
          second[i] = v;
          step[i] = (rate * m) / (Math.sqrt(v) + tau);
        }
        return { momentum, second };
      }),
  };
}

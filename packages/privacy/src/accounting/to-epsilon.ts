// From Rényi divergences to the (epsilon, delta) that people are told.
import { orders, type RenyiCurve } from './orders.ts';

/** Where floats round down, what is told must not: far below the 1 % that accountants are held to. */
const slack = 1 + 1e-9;

/**
 * The least epsilon at which the curve's mechanism is (epsilon, delta)-private: Canonne, Kamath and Steinke 2020
 * (arXiv 2004.00010), Prop. 12, at the best of all orders; 0 where the total variation is at most delta already.
 * Infinity where no order says anything. Throws RangeError unless delta lies between 0 and 1.
 */
export function epsilonOf(curve: RenyiCurve, delta: number): number {
  if (!(delta > 0 && delta < 1)) throw new RangeError(`delta must lie between 0 and 1, not ${delta}`);
  const epsilons = orders.map((order, i) => epsilonAt(order, curve[i]!, delta));
  return Math.max(0, Math.min(...epsilons)) * slack;
}

function epsilonAt(order: number, divergence: number, delta: number): number {
  if (delta ** 2 + Math.expm1(-divergence) > 0) return 0; // Bretagnolle-Huber: TV <= sqrt(1 - exp(-KL)), and KL <= D_order
  return divergence + Math.log1p(-1 / order) - Math.log(delta * order) / (order - 1);
}

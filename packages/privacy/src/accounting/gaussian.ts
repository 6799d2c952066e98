// What the Gaussian mechanism reveals: normal noise of standard deviation `noiseMultiplier` times the L2 sensitivity.
import { orders, type RenyiCurve } from './orders.ts';

/** Mironov 2017, Prop. 7: alpha / (2 z^2). Throws RangeError unless the noise multiplier is finite and above 0. */
export function gaussian(noiseMultiplier: number): RenyiCurve {
  assertMultiplier(noiseMultiplier);
  return orders.map((order) => order / (2 * noiseMultiplier ** 2));
}

export function assertMultiplier(noiseMultiplier: number): void {
  if (Number.isFinite(noiseMultiplier) && noiseMultiplier > 0) return;
  throw new RangeError(`a noise multiplier must be a finite number above 0, not ${noiseMultiplier}`);
}

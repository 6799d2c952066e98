// The other way round: from what a group may reveal in all its rounds to the noise that keeps it there.
import type { RenyiCurve } from './orders.ts';
import { repeated } from './orders.ts';
import { epsilonOf } from './to-epsilon.ts';

export interface Budget {
  readonly epsilon: number;
  readonly delta: number;
}

/** Beyond these nothing is learnt, or nothing is hidden. */
const least = 0.01;
const most = 1e5;

/**
 * The least noise multiplier, rounded up to four figures, at which so many rounds stay within the budget. `reveals`: one
 * round's curve at a noise multiplier. Null where even the strongest noise there is reveals more. Throws RangeError on a
 * delta that can't be.
 */
export function noiseForBudget(
  { epsilon, delta }: Budget,
  rounds: number,
  reveals: (noiseMultiplier: number) => RenyiCurve,
): number | null {
  const within = (noiseMultiplier: number) =>
    epsilonOf(repeated(reveals(noiseMultiplier), rounds), delta) <= epsilon;
  if (!within(most)) return null;
  let low = least;
  let high = most;
  while (high / low > 1.00001) {
    const middle = Math.sqrt(low * high);
    if (within(middle)) high = middle;
    else low = middle;
  }
  return roundedUp(high);
}

function roundedUp(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 3);
  return Number((Math.ceil(value / unit) * unit).toPrecision(4));
}

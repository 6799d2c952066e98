// What members told of their verdicts under the masks of a round, put together. Only their sums are known: what each of them was told
// is her opinion by her own examples alone. No database here.
import { fixedWeightEffects } from '@colora/aggregation/effects/fixed-weight-effects';
import type { VerdictSums } from '@colora/privacy/rings/verdict-numbers';
import { figuresAtOnce, type GroupFigures } from '@colora/protocol/guard/figures';
import { beliefWithoutGroup } from '@colora/protocol/guard/opinion';

/** In the scale of the weights that members told; a standard error is told in hundredths, from one on. */
const bounds = { scale: beliefWithoutGroup.spread, leastError: 0.01 };

/** Null while fewer than `figuresAtOnce` are in them. */
export function figuresOfSums(sums: VerdictSums): GroupFigures | null {
  const { told, shareOfCore, weight, weight2, gain, gain2 } = sums;
  if (told < figuresAtOnce) return null;
  return {
    reporters: told,
    shareOfCore: shareOfCore / told,
    gain: fixedWeightEffects({ members: told, weight, weight2, value: gain, value2: gain2 }, bounds),
  };
}

// What a round's training came to, as the numbers that are masked: in the place of the bytes that other groups' members send.

import { randomIntegers, systemBytes } from '@colora/privacy/noise/random-integers';
import { fixedPointOf } from '@colora/privacy/rings/fixed-point';
import { fillVector, layVector } from '@colora/privacy/rings/masked-vector';
import { fillNoisedVector, noisedPointOf } from '@colora/privacy/rings/noised-vector';
import type { ToldVerdict } from '@colora/privacy/rings/verdict-numbers';
import { contributionWeight } from '@colora/protocol/aggregation-settings';
import type { ContributionMetadata } from '@colora/protocol/contribution';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { seededRandom } from '@colora/tensors/random';
import type { TensorMap } from '@colora/tensors/tensor';

type Counted = Pick<ContributionMetadata, 'examples' | 'personalLoss' | 'sharedLoss'>;

/** `told`: as the sum will have it. `checkpoint`: the round's, whose tensors are the plan. */
export function makeVector(
  contribution: TensorMap,
  { examples, personalLoss, sharedLoss }: Counted,
  {
    settings,
    checkpoint,
    verdict,
    seed,
  }: {
    readonly settings: TaskSettings;
    readonly checkpoint: TensorMap;
    /** Null: none is told. */
    readonly verdict: ToldVerdict | null;
    readonly seed: string;
  },
): { readonly vector: Int32Array; readonly told: TensorMap } {
  const layout = layVector(
    [...checkpoint].map(([name, { shape }]) => ({ name, shape })),
    settings,
  );
  const noised = noisedPointOf(settings, layout.values);
  if (noised !== null) return fillNoisedVector(layout, contribution, noised, randomIntegers(systemBytes));
  const weight = contributionWeight(settings.aggregation, examples);
  const losses = { personalLoss: personalLoss ?? null, sharedLoss: sharedLoss ?? null };
  const member = { contribution, weight, verdict, ...losses };
  return fillVector(layout, member, fixedPointOf(settings.privacy), seededRandom(seed).next);
}

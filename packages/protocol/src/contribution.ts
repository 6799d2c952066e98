// The wire form of a contribution: a safetensors file whose metadata says what it is. Names and
// limits only; who makes, checks and stores it is elsewhere.
import { z } from 'zod';
import { numberInText, wholeInText } from './bounds/bounded.ts';
import { lossRange } from './bounds/figure-ranges.ts';
import { ownNoiseOf } from './privacy/budget-settings.ts';
import { hexSchema } from './proofs/public-key.ts';
import type { TaskSettings } from './task-settings.ts';

/** Safetensors metadata of a contribution (all values are strings there). */
export const contributionMetadataSchema = z.object({
  kind: z.enum(['delta', 'gradient']),
  version: wholeInText(0),
  round: wholeInText(1),
  /** Examples it was trained on: the weight where the group weighs by examples. Claims past belief are refused. */
  examples: wholeInText(1),
  /** Mean losses of the two phases, for the round's metrics; of joint steps the latter. */
  personalLoss: numberInText(lossRange).optional(),
  sharedLoss: numberInText(lossRange).optional(),
});
export type ContributionMetadata = z.infer<typeof contributionMetadataSchema>;

/**
 * Of a masked contribution: nothing of it is its sender's alone, `examples` is 1 for everybody. What its bytes say is packages/privacy's
 * rings/masked-vector.ts, under masks.
 */
export const maskedMetadataSchema = contributionMetadataSchema
  .pick({ kind: true, version: true, round: true, examples: true })
  .extend({
    attempt: wholeInText(1),
    /** The sha256 of the roster's text. */
    roster: hexSchema(32),
    /** In bits. */
    ring: z.enum(['16', '24', '32']).transform((bits) => Number(bits) as 16 | 24 | 32),
  });
export type MaskedMetadata = z.output<typeof maskedMetadataSchema>;

/** Its one tensor: U8 of shape [values x bytes of one in the ring]. */
export const maskedTensor = 'masked';

/** The metadata as the strings that safetensors stores. */
export function encodeContributionMetadata(
  metadata: Readonly<Record<string, string | number | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)]),
  );
}

/**
 * Nothing that training makes has values of this size, nor an L2 norm of it: a contribution with such values is refused
 * where norms are bounded, and nobody trains at a checkpoint of such a norm.
 */
export const beyondBelief = 1e6;

/** Room for how a sender rounded: what is admitted is so many times what it clips to. */
export const roundingRoom = 1 + 1e-4;

/**
 * The largest L2 norm that a contribution of so many elements may have, as it decodes, rounding left out; infinity where the
 * group doesn't clip. A clipped one has at most the norm C. With noise N(0, (zC)^2) of its own on each of d elements, it is at
 * most C + zC (sqrt(d) + t) but for a chance of exp(-t^2 / 2): t = 8.
 */
export function contributionNormLimit(privacy: TaskSettings['privacy'], elements: number): number {
  const { clipNorm } = privacy;
  const noiseMultiplier = ownNoiseOf(privacy) ?? 0;
  if (clipNorm === undefined) return Number.POSITIVE_INFINITY;
  const noise = noiseMultiplier === 0 ? 0 : noiseMultiplier * clipNorm * (Math.sqrt(elements) + 8);
  return clipNorm + noise;
}

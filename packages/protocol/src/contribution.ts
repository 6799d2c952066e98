// The wire form of a contribution: a safetensors file whose metadata says what it is. Names and
// limits only; who makes, checks and stores it is elsewhere.
import { z } from 'zod';

/** Safetensors metadata of a contribution (all values are strings there). */
export const contributionMetadataSchema = z.object({
  kind: z.enum(['delta', 'gradient']),
  version: z.coerce.number().int().min(0),
  round: z.coerce.number().int().min(1),
  /** Examples it was trained on: the weight where the group weighs by examples. */
  examples: z.coerce.number().int().min(1).max(1_000_000_000),
  /** Mean losses of the two phases, for the round's metrics. */
  personalLoss: z.coerce.number().optional(),
  sharedLoss: z.coerce.number().optional(),
});
export type ContributionMetadata = z.infer<typeof contributionMetadataSchema>;

/** The metadata as the strings that safetensors stores. */
export function encodeContributionMetadata(metadata: ContributionMetadata): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)]),
  );
}

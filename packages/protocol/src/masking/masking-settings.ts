// Secure aggregation as a group's setting, and what it doesn't go together with, each with the reason. How it works is
// packages/privacy's masking.
import { z } from 'zod';
import { mostScale } from '../bounds/bounded.ts';
import { publicKeySchema } from '../proofs/public-key.ts';

export const secureAggregationSchema = z.strictObject({
  /** A value is rounded, stochastically, to a whole number of so many bits. */
  bits: z.union([z.literal(8), z.literal(12), z.literal(16)]).default(16),
  /** Values are cut to at most this size, which is what the bits are spread over. Left out: privacy.clipNorm. */
  range: z.number().positive().max(mostScale).optional(),
  /** The public key of whoever vouches for members: rounds count no others towards the threshold. Left out: all members count. */
  vouchedBy: publicKeySchema.optional(),
  /**
   * In the last round members put figures of their verdicts under the mask too, whose sums are told to all. Members' rows are as much
   * longer in every round. A new group that can gets true (settledSettings); left out: false, as in groups older than the choice.
   */
  verdicts: z.boolean().optional(),
});
export type SecureAggregation = z.infer<typeof secureAggregationSchema>;

/** A contribution's weight is a whole number of at most 8 bits. */
export const mostMaskedWeight = 255;

// What takes the masks off the sum of a round, for whoever makes its checkpoint once more: with the masked contributions it tells
// their sum, and of single ones nothing.
import { z } from 'zod';
import { hexSchema } from '../proofs/public-key.ts';
import { mostMasked } from './masking-forms.ts';

const number = z
  .int()
  .min(0)
  .max(mostMasked - 1);

export const unmaskingSchema = z.object({
  /** The roster's text. */
  roster: z.string(),
  /** Numbers in it, rising. */
  sharers: z.array(number).max(mostMasked),
  senders: z.array(number).max(mostMasked),
  /** Of each secret that was needed as many shares as rebuild it. */
  revealed: z.array(
    z.object({ of: number, by: number, what: z.enum(['self', 'key']), share: hexSchema(33) }),
  ),
});
export type Unmasking = z.infer<typeof unmaskingSchema>;

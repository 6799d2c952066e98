// What a newcomer is told beside the group's settings before she joins: by whom she is invited, and what a round has come to so far.
import { z } from 'zod';

/** Fewer tell nothing: a mean of two tells each what the other's machine is. */
export const fewestTold = 4;

const bytes = z.int().min(0);

export const joinOfferSchema = z.object({
  /** That she comes by; null: by none. */
  invitation: z
    .object({
      /** Name of the key that made it. */
      createdBy: z.string(),
      uses: z.int(),
      used: z.int(),
      expiresAt: z.iso.datetime(),
    })
    .nullable(),
  round: z.object({
    deadlineSeconds: z.number(),
    /** Of one step, the median of members; null where fewer than fewestTold told theirs. */
    stepSeconds: z.number().nullable(),
    /** Of one member at most, before what top-k leaves out; null while the group has no checkpoint. */
    bytes: z.object({ download: bytes, upload: bytes }).nullable(),
  }),
});
export type JoinOffer = z.infer<typeof joinOfferSchema>;

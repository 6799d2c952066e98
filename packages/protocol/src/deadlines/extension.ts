// What an admin gives a group that goes on: rounds, time for the live one, a deadline for those to come.
import { z } from 'zod';
import { roundsFields } from '../rounds-settings.ts';

/** What a group gets more of. */
export const extensionSchema = z
  .strictObject({
    rounds: z.int().min(1).max(1_000_000).optional(),
    seconds: z
      .number()
      .min(1)
      .max(7 * 24 * 3600)
      .optional(),
    /** The deadline of the rounds to come. */
    deadlineSeconds: roundsFields.deadlineSeconds.unwrap().optional(),
  })
  .refine(
    (given) => Object.values(given).some((value) => value !== undefined),
    'give rounds, seconds or deadlineSeconds',
  );

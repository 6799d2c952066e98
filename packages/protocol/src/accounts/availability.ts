// When a member may be asked to take part in a round, as it says itself.
import { z } from 'zod';
import { saidInstant } from '../bounds/bounded.ts';

const minuteOfDay = z.int().min(0).max(1440);

/** When a member may be asked to take part. */
export const availabilitySchema = z.strictObject({
  /** Not before; null: from now on. */
  awayUntil: saidInstant.nullable().default(null),
  /** Daily hours in minutes of the day in UTC, 0 to 1440; `to` before `from` passes midnight. */
  windows: z
    .array(
      z
        .strictObject({ from: minuteOfDay, to: minuteOfDay })
        .refine(({ from, to }) => from !== to, 'a window begins and ends at different minutes'),
    )
    .min(1, 'leave windows out (or null) for any time of the day')
    .max(48)
    .nullable()
    .default(null),
});
export type Availability = z.infer<typeof availabilitySchema>;

// What rows of the routes table have in common: who may call, what stands in an address, and pages of lists.
import { z } from 'zod';
import { nameSchema, numberInAddress, saidInstant, wholeInText } from '../bounds/bounded.ts';

export const group = z.object({ group: nameSchema });
export const groupRound = group.extend({ round: numberInAddress(1) });
export const groupVersion = group.extend({
  version: z.union([z.literal('latest'), numberInAddress(0)]),
});
/** `cursor`: the `next` of the page before, as it was given; a listing without one begins at its beginning. */
export const page = z.object({
  limit: wholeInText(1, 1000).default(100),
  cursor: z
    .string()
    .max(2000)
    .regex(/^[A-Za-z0-9_-]{1,2000}$/)
    .optional(),
});
export const pageByTime = page.extend({ sort: z.enum(['newest', 'oldest']).default('newest') });
/** Of what happened or was made from then on, and before then. */
export const timeSpan = { since: saidInstant.optional(), until: saidInstant.optional() };

/** No listing counts further: what is more is told as null. */
export const mostCounted = 10_000;

/** What every listing says of its page. */
export const turning = {
  /** How many there are on all pages; null where they are more than mostCounted. */
  total: z.int().nullable(),
  /** The next page's cursor; null where this is the last. */
  next: z.string().nullable(),
};
export const listOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item), ...turning });
export const flag = z.string().max(8).pipe(z.stringbool()).default(false);
export const eventKind = z
  .string()
  .max(40)
  .regex(/^[a-z-]{1,40}$/);
export const operators = ['operator', 'admin'] as const;
export const admins = ['admin'] as const;
export const participants = ['participant'] as const;
export const anyKey = ['participant', 'operator', 'admin'] as const;

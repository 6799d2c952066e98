// What a listing over REST is asked with and what it says of its page. Reading one to its end is every-item.ts.
import { z } from 'zod';
import { saidInstant, wholeInText } from '../bounds/bounded.ts';

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

// How long a key or an invitation is good for.
import { z } from 'zod';

/** Seconds: a minute to ten years. */
export const lifetimeSchema = z
  .int()
  .min(60)
  .max(10 * 366 * 24 * 3600);

/** Seconds in which a key that is being replaced admits its holder still: at once over, to a year. */
export const overlapSchema = z
  .int()
  .min(0)
  .max(366 * 24 * 3600);

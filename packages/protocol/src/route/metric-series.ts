// Figures over the rounds of a group, for a plot: neighbouring rounds put together, so that a line has no more points than asked for.
// Single figures, as members reported them, are entities.ts's metricSchema.
import { z } from 'zod';
import { nameSchema, wholeInText } from '../bounds/bounded.ts';
import { metricNameSchema } from '../entities.ts';
import { page } from '../paging/page.ts';

export const seriesQuerySchema = page.extend({
  /** One point for all members, one line a member, or what the rounds say of themselves (losses, norms, seconds). */
  of: z.enum(['group', 'members', 'rounds']).default('group'),
  /** Left out: all names. */
  name: metricNameSchema.optional(),
  participant: nameSchema.optional(),
  from: wholeInText(0).optional(),
  /** Say it to keep the points where they are while rounds are added. */
  through: wholeInText(0).optional(),
  /** Of a line, at most. */
  points: wholeInText(1, 1000).default(200),
});
export type SeriesQuery = z.output<typeof seriesQuerySchema>;

export const seriesPointSchema = z.object({
  name: z.string(),
  /** Whose line it is; null of the group's and the rounds'. */
  participant: z.string().nullable(),
  /** The first and the last round in it. (Of members' figures: the checkpoint that they are of.) */
  round: z.int(),
  through: z.int(),
  /** Figures in it. */
  count: z.int(),
  mean: z.number(),
  least: z.number(),
  median: z.number(),
  most: z.number(),
});

export const seriesSchema = z.object({
  /** By name, then participant, then round. */
  items: z.array(seriesPointSchema),
  next: z.string().nullable(),
  /** Rounds that a point stands for: a power of two. */
  width: z.int().min(1),
});

// What a member tells of its verdict, and what a group is told of its members: whole numbers of hundredths, so that nothing else
// can ride in them. How they come about is training's verdict.ts and mixing-weights.ts, how they are put together the coordinator's.
import { z } from 'zod';
import { mostInteger } from '../bounds/bounded.ts';

const share = z.number().min(0).max(1);

/** One member's, of the checkpoint that it judged: three numbers, in hundredths. */
export const memberFiguresSchema = z.strictObject({
  /** The checkpoint that was judged: the group's latest. */
  version: z.int().min(0).max(mostInteger),
  /** Of the member's own examples, how many the model trained together explains rather than the one trained alone. */
  shareOfCore: z.int().min(0).max(100),
  /** Share of own examples right by training together and not by training alone, less the other way round. */
  gain: z.int().min(-100).max(100),
  /** Of the gain. */
  standardError: z.int().min(1).max(100),
});
export type MemberFigures = z.infer<typeof memberFiguresSchema>;

/** What members are told of each other: means over at least so many, and only whenever so many more have told. */
export const figuresAtOnce = 4;

/** Of the first members who told: the same for whoever asks, nobody's own. */
export const groupFiguresSchema = z.object({
  /** How many members it is of: a multiple of `figuresAtOnce`; of masked ones, which are told at once, as many as are in the sum. */
  reporters: z.int().min(figuresAtOnce),
  /** Their mean. */
  shareOfCore: share,
  /** Random effects over their gains (aggregation's random-effects.ts; of masked ones fixed-weight-effects.ts). */
  gain: z.object({
    mean: z.number().min(-1).max(1),
    standardError: z.number().min(1e-6).max(2), // members tell hundredths; of less the square could be no float
    spread: z.number().min(0).max(2),
  }),
});
export type GroupFigures = z.infer<typeof groupFiguresSchema>;

/** The group's figures at its latest checkpoint. */
export const figuresAnswerSchema = z.object({
  version: z.int().nullable(),
  /** Null while fewer than `figuresAtOnce` members have told. */
  figures: groupFiguresSchema.nullable(),
  /** Members online who have not told yet; the caller is none of them. */
  awaited: z.int(),
});
export type FiguresAnswer = z.infer<typeof figuresAnswerSchema>;

/**
 * For those who run the group: what its members were told, counted, at its latest checkpoint. Of masked ones, by their own examples alone,
 * at the checkpoint before.
 */
export const verdictCountsSchema = z.object({
  version: z.int().nullable(),
  members: z.int(),
  /** Members who told their figures; the next three add up to it. */
  told: z.int(),
  helped: z.int(),
  noGainSeen: z.int(),
  tooEarly: z.int(),
  figures: groupFiguresSchema.nullable(),
});
export type VerdictCounts = z.infer<typeof verdictCountsSchema>;

// How the coordinator makes a round's contributions into the next checkpoint: the rule that combines them, and the
// server optimizer that takes the step. What each rule computes stands in its own file, not here.
import { z } from 'zod';
import { mostScale } from './bounds/bounded.ts';

/**
 * mean               the weighted mean; one hostile contribution moves it as far as it likes
 * norm-bound         the mean of contributions scaled down to an L2 norm of `radius`
 * median             coordinate by coordinate
 * trimmed-mean       coordinate by coordinate, without the `trim` lowest and highest of the values
 * krum, multi-krum   the one, or the mean of those, nearest to their neighbours, with `byzantine` hostile ones among them
 * geometric-median   the point with the least sum of distances to all
 * centered-clipping  the last round's update, moved towards each contribution by at most `radius`
 */
export const aggregationRuleSchema = z.enum([
  'mean',
  'median',
  'trimmed-mean',
  'krum',
  'multi-krum',
  'geometric-median',
  'norm-bound',
  'centered-clipping',
]);
export type AggregationRuleName = z.infer<typeof aggregationRuleSchema>;

/** No device holds more examples than this; whoever claims more wants to own the average. */
export const mostClaimedExamples = 10_000_000;

const needRadius: ReadonlySet<AggregationRuleName> = new Set(['norm-bound', 'centered-clipping']);

export const aggregationSchema = z
  .strictObject({
    rule: aggregationRuleSchema.default('mean'),
    /** The share of the values of one coordinate cut at each end (trimmed-mean). */
    trim: z.number().min(0).lt(0.5, 'must be below 0.5, or nothing is left').default(0.1),
    /** How many contributions of a round may be hostile (krum, multi-krum). */
    byzantine: z.int().min(0).max(100_000).default(1),
    /** How far a contribution may be from zero (norm-bound) or from the last update (centered-clipping), in L2 norm. */
    radius: z.number().positive().max(mostScale).optional(),
    /** Rules without weights: median, trimmed-mean, krum, multi-krum. */
    weighting: z.enum(['uniform', 'examples']).default('uniform'),
    /** A contribution's weight by examples is at most this. */
    exampleCap: z.int().min(1).max(mostClaimedExamples).default(10_000),
    /**
     * A round takes contributions of an L2 norm up to so many times the median of the rounds before (norm-limit.ts of the
     * aggregation), whatever the rule; with privacy.clipNorm that one bounds them. off: any finite contribution counts.
     */
    normBound: z.union([z.number().min(1).max(1e6), z.literal('off')]).default(10),
    optimizer: z.enum(['plain', 'fedavgm', 'fedadam', 'fedyogi', 'fedadagrad']).default('plain'),
    rate: z.number().positive().max(10).default(1),
    momentum: z.number().min(0).lt(1).default(0.9),
    beta1: z.number().min(0).lt(1).default(0.9),
    beta2: z.number().min(0).lt(1).default(0.99),
    tau: z.number().positive().max(mostScale).default(1e-3),
  })
  .refine(({ rule, radius }) => !needRadius.has(rule) || radius !== undefined, {
    path: ['radius'],
    message:
      'norm-bound and centered-clipping need it: start from the usual contributionNorm in the metrics of rounds',
  });
export type AggregationSettings = z.infer<typeof aggregationSchema>;

/** Fewer contributions than this a rule can't choose among: a round's quorum must not be below. */
export function fewestContributions({
  rule,
  trim,
  byzantine,
}: Pick<AggregationSettings, 'rule' | 'trim' | 'byzantine'>): number {
  if (rule === 'krum' || rule === 'multi-krum') return 2 * byzantine + 3; // Blanchard et al. 2017: n > 2 f + 2
  if (rule === 'trimmed-mean') return fewestTrimmed(trim);
  return 1;
}

/** Of `contributions`, as many as a rule makes its update of where it leaves whole ones out; infinity where it doesn't. */
export function takenAtMost(
  { rule, byzantine }: Pick<AggregationSettings, 'rule' | 'byzantine'>,
  contributions: number,
): number {
  if (rule === 'krum') return 1;
  return rule === 'multi-krum' ? contributions - byzantine - 2 : Number.POSITIVE_INFINITY;
}

/** How many values are cut at each end of n; the slack keeps 0.07 * 100 from being 8. */
export function trimmedAtEachEnd(trim: number, n: number): number {
  return Math.ceil(trim * n - 1e-9);
}

/** From this number on something is always left. */
function fewestTrimmed(trim: number): number {
  let n = Math.floor(3 / (1 - 2 * trim)) + 1; // n > 2 (trim n + 1) here and above
  while (n > 1 && n - 1 > 2 * trimmedAtEachEnd(trim, n - 1)) n -= 1;
  return n;
}

/** What a contribution counts, before staleness: 1, or its examples up to the cap. */
export function contributionWeight(
  { weighting, exampleCap }: Pick<AggregationSettings, 'weighting' | 'exampleCap'>,
  examples: number,
): number {
  return weighting === 'examples' ? Math.min(examples, exampleCap) : 1;
}

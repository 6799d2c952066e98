// What people and members see of clusters over REST, and what a probe may be. Who belongs together is decided by the
// coordinator (aggregation's clusters/).
import { z } from 'zod';
import { mostInteger, nameSchema } from '../bounds/bounded.ts';
import { clusterModeSchema } from '../cluster-mode.ts';

export const clusterNumber = z.int().min(1).max(mostInteger);

/** Where a member belongs, and which rows of the head are hers. */
export const placeSchema = z.object({
  cluster: clusterNumber,
  /** That admins gave it; null where they didn't. */
  name: z.string().nullable(),
  /** How many were in it when the round opened, in a group of few; null elsewhere, left out by an earlier coordinator. */
  members: z.int().min(0).nullable().optional(),
  /**
   * Of her labels. A row is in every checkpoint after `version`; there and before, the tensor `start` of that checkpoint
   * stands for it, or zeros where that is null. In the order in which a checkpoint that doesn't hold them yet gets them.
   */
  rows: z.array(z.object({ label: z.string(), start: z.string().nullable(), version: z.int().min(0) })),
});
export type Place = z.infer<typeof placeSchema>;

export const probeAnswerSchema = z.object({
  /** Of the probe that counts: the first one of these labels. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Null until the next round opens, which places her. */
  cluster: clusterNumber.nullable(),
});

const clusterSchema = z.object({
  cluster: clusterNumber,
  name: z.string().nullable(),
  /** The one it was split from. */
  parent: clusterNumber.nullable(),
  /** In order of their names. */
  members: z.array(z.string()),
});

export const clustersViewSchema = z.object({
  mode: clusterModeSchema,
  clusters: z.array(clusterSchema),
  /** Members who have sent a probe and are placed when a round opens. */
  unplaced: z.array(z.string()),
  /** What an admin asked for, done when the next round opens; null where nothing waits. */
  waiting: z.array(z.array(z.string())).nullable(),
  /** Who would belong together by the probes as they are now; null of more members than are compared in one answer. */
  proposal: z.array(z.array(z.string())).nullable(),
  /** Cosines of the probes of `participants`; null in it where two have no label in common. */
  matrix: z
    .object({ participants: z.array(z.string()), values: z.array(z.array(z.number().nullable())) })
    .nullable(),
  /** The last changes, newest first. */
  history: z.array(
    z.object({ round: z.int(), at: z.string(), cause: z.string(), clusters: z.int(), moved: z.int() }),
  ),
});
export type ClustersView = z.infer<typeof clustersViewSchema>;

/** What an admin says of them. Members are all that are placed, each once. */
export const clustersChangeSchema = z
  .strictObject({
    mode: clusterModeSchema.exclude(['off']).optional(),
    names: z
      .array(z.strictObject({ cluster: clusterNumber, name: nameSchema.nullable() }))
      .max(1000)
      .optional(),
    clusters: z.array(z.array(nameSchema).min(1).max(100_000)).min(1).max(1000).optional(),
  })
  .refine(
    ({ mode, names, clusters }) => mode !== undefined || names !== undefined || clusters !== undefined,
    'say what to change: mode, names or clusters',
  )
  .refine(
    ({ mode, clusters }) => clusters === undefined || mode !== 'auto',
    'clusters that an admin says are fixed: leave out mode auto',
  );
export type ClustersChange = z.infer<typeof clustersChangeSchema>;

/** Of the members' updates, in rounds that are over: advice for grouping that needs no probes. */
export const similaritySchema = z.object({
  participants: z.array(z.string()),
  matrix: z.array(z.array(z.number())),
  /** The rounds it took, as many as asked for or all there are. */
  rounds: z.array(z.int()),
  /** How many committed rounds before the last of them retention has emptied. */
  emptied: z.int(),
});

/** How a probe is made: full-batch Adam from zero on the head alone, the same for everybody or cosines mean nothing. */
export const probeSteps = 16;
export const probeRate = 3e-3;

/**
 * The largest L2 norm of one row of a probe with so many values: after t steps Adam has moved a value by at most
 * rate t (1 - b1) / sqrt(1 - b2) (Kingma and Ba 2015, section 2.1).
 */
export function probeRowLimit(values: number): number {
  return probeSteps * probeRate * (0.1 / Math.sqrt(0.001)) * Math.sqrt(values) * 1.001;
}

// What a task group would mean, told before there is one: the answer of creating it with dry-run. What of it only the creator's
// machine knows, which has the base model, the creator says; what nobody knows is null.
import { z } from 'zod';
import { plain } from '../bounds/bounded.ts';

/** Said by who creates a group; left out of a group that is really created. */
export const announcedSchema = z.strictObject({
  /** The checkpoint's tensors, as [name, shape]. */
  tensors: z
    .array(
      z.strictObject({
        name: plain(300).min(1),
        shape: z.array(z.int().min(1).max(100_000_000)).max(8),
      }),
    )
    .max(10_000)
    .optional(),
  /** Of a training step on the creator's machine. */
  stepSeconds: z.number().positive().max(86_400).optional(),
  stepMegabytes: z.int().min(1).max(10_000_000).optional(),
});
export type Announced = z.output<typeof announcedSchema>;

export const groupPlanSchema = z.object({
  /** Of one member in one round, of all tensors (labels that it has no examples of are left out); null where no tensors were said. */
  bytesPerRound: z
    .object({
      download: z.number(),
      /** Before what top-k leaves out: `keep` says how much that is. */
      upload: z.number(),
    })
    .nullable(),
  membersNeeded: z.object({
    /** For a round to open. */
    open: z.int(),
    /** Contributions that are enough at the deadline. */
    quorum: z.int(),
    /** Who have to hold a tensor for it to move. */
    tensor: z.int(),
  }),
  step: z.object({
    /** Null: nobody knows yet. */
    seconds: z.number().nullable(),
    megabytes: z.number().nullable(),
    /** announced: by the creator. measured: the median of members of groups with the same base model. */
    from: z.enum(['announced', 'measured']).nullable(),
    /** Members it was measured at. */
    members: z.int(),
    /** Of a round, and how long they take together. */
    steps: z.int(),
    roundSeconds: z.number().nullable(),
    deadlineSeconds: z.number(),
  }),
  privacy: z.object({
    clipNorm: z.number().nullable(),
    noiseMultiplier: z.number().nullable(),
    /** Who adds the noise; null: nobody. */
    mechanism: z.enum(['local', 'central', 'distributed']).nullable(),
    /** After all rounds, of one member's whole part in them; null where the settings name no delta, and nothing is claimed. */
    epsilon: z.number().nullable(),
    delta: z.number().nullable(),
  }),
  /** What to think of before it is created, in sentences. */
  remarks: z.array(z.string()),
});
export type GroupPlan = z.output<typeof groupPlanSchema>;

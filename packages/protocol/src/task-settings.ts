// What an admin configures for a task group: base model, adapters, training, rounds, privacy; its task is task-kinds.ts.
// Defaults are the measured recipe for small texts. Nothing here knows how any of it is computed.
import { z } from 'zod';
import { aggregationSchema, fewestContributions, takenAtMost } from './aggregation-settings.ts';
import { mostScale, plain } from './bounds/bounded.ts';
import type { ClusterMode } from './cluster-mode.ts';
import { clustersOf, whyNoClusters } from './clusters/cluster-settings.ts';
import { maskingConflicts } from './masking/masking-conflicts.ts';
import { secureAggregationSchema } from './masking/masking-settings.ts';
import { withVerdicts } from './masking/verdict-settings.ts';
import { budgetFaults, isSumNoised } from './privacy/budget-settings.ts';
import { quorumOf, roundsSchema } from './rounds-settings.ts';
import { type TaskKind, taskKindTable, taskSchema } from './task-kinds.ts';

const rate = z.number().positive().max(10);
const scale = z.number().positive().max(mostScale);
const rank = z.int().min(1).max(1024);

export const layoutSchema = z.enum(['core', 'dual', 'global', 'alone', 'share-a', 'frozen-a']);

/**
 * Which base model everybody adapts. The fingerprint is checked by every client: sha256 over config and weights, and,
 * after a colon, over tokenizer and chat template (groups of earlier versions have the first alone).
 */
const baseModelSchema = z.strictObject({
  name: plain(200).min(1),
  modelType: plain(64).min(1),
  fingerprint: z
    .string()
    .max(129)
    .regex(/^[0-9a-f]{64}(:[0-9a-f]{64})?$/, 'one or two sha256 in lower-case hex'),
});

/** Low-rank adapters. The scale of a path is alpha / rank. No targets: the head alone is trained. */
const adapterSettingsSchema = z.strictObject({
  layout: layoutSchema.default('core'),
  rank: rank.default(8),
  alpha: scale.default(8),
  personalRank: rank.optional(),
  personalAlpha: scale.optional(),
  targets: z.array(plain(500).min(1)).max(10_000).default([]),
});

/** One participant's work in a round. */
const trainingSchema = z.strictObject({
  contribution: z.enum(['delta', 'gradient']).default('delta'),
  /**
   * `apart`: the personal steps with the shared part held, then the shared steps with the personal part held. `joint`:
   * each of those steps trains everything. A new group gets what proved itself (settledSettings); left out: `apart`,
   * as in groups that are older than the choice.
   */
  phases: z.enum(['joint', 'apart']).optional(),
  personalSteps: z.int().min(0).max(10_000).default(2),
  sharedSteps: z.int().min(0).max(10_000).default(6),
  batchSize: z.int().min(1).max(1024).default(8),
  optimizer: z.enum(['adam', 'adamw', 'sgd']).default('adam'),
  /** Left out: what proved itself for the layout (personalRateOf). */
  personalRate: rate.optional(),
  /** Left out: what proved itself for the kind of task (sharedRateOf). */
  sharedRate: rate.optional(),
  headRate: rate.default(3e-3),
  weightDecay: z.number().min(0).max(1).default(0),
  /** How the rates fall over a participant's steps, from its first round to the group's last. */
  schedule: z.enum(['constant', 'linear', 'cosine']).default('constant'),
  /** The share of those steps over which the rates rise to their values first. */
  warmup: z.number().min(0).lt(1).default(0),
  /** Scale a step's gradient down to this L2 norm over all of its tensors. No step is taken on a gradient that is sent. */
  maxGradientNorm: scale.optional(),
  /** Batches whose mean gradient makes one step: a batch `accumulate` times as large in the memory of one. */
  accumulate: z.int().min(1).max(1024).default(1),
  /**
   * The share of a participant's own examples that nobody trains on: personal steps that don't lower the loss on them
   * are taken back, and after `patience` times in a row the personal part is left as it is.
   */
  validation: z.number().min(0).max(0.5).default(0),
  patience: z.int().min(1).max(1_000_000).default(3),
  /** FedProx's mu: shared tensors are pulled back to the checkpoint by mu times how far they are from it. */
  proximal: z.number().min(0).max(1000).default(0),
  /** SCAFFOLD: controls, which travel and take as much room as the shared tensors, take out what members differ in. */
  controls: z.boolean().default(false),
});

const privacySchema = z.strictObject({
  /** Clip the L2 norm of a contribution on the client; also refused above it by the coordinator. */
  clipNorm: scale.optional(),
  /**
   * local: every client adds all of the noise to its contribution. central: the coordinator, which is trusted, adds it to a
   * round's sum. distributed: every client a share, so that the sum holds it. Left out: local, as in groups older than the choice.
   */
  mechanism: z.enum(['local', 'central', 'distributed']).optional(),
  /** Standard deviation of the Gaussian noise, as a multiple of clipNorm. Left out beside epsilon and delta: what they allow. */
  noiseMultiplier: scale.optional(),
  /** The budget: what all rounds of the group may reveal of one member's whole part in them, with delta; a round that would pass it doesn't open. */
  epsilon: z.number().min(1e-3).max(1e4).optional(),
  /** The chance with which epsilon may not hold; naming it makes what is revealed add up. */
  delta: z.number().min(1e-15).max(0.1).optional(),
  /**
   * A round moves a tensor of the checkpoint only where so many members' contributions hold it, or as many as the group has
   * members, where these are fewer. A new group gets newMinMembersOf (settledSettings); left out: 1, as in groups that are older
   * than the choice.
   */
  minMembers: z.int().min(1).max(100_000).optional(),
  /** Members mask what they send, so that the coordinator learns the sum of a round alone. Left out: it sees each contribution. */
  secureAggregation: secureAggregationSchema.optional(),
});

export const downloadEncodingSchema = z.enum(['f32', 'f16', 'bf16', 'int8']);

/** In what form the shared tensors travel. What is stored of a checkpoint and what is computed are always float32. */
const wireSchema = z.strictObject({
  /** Of contributions: what it loses is kept by the client and added to its next one (error feedback). */
  upload: z.enum(['f32', 'f16', 'bf16', 'int8', 'top-k']).default('f32'),
  /** Of checkpoints to members. */
  download: downloadEncodingSchema.default('f32'),
  /** The share of each tensor's values, the largest ones, that a top-k contribution holds. */
  keep: z.number().positive().max(1).optional(),
});

/** How long the bytes are kept; who sent what, its norm and weight stay known for ever. */
const retentionSchema = z.strictObject({
  /** Contributions of so many rounds after the latest committed one. */
  contributionRounds: z.int().min(1).max(1_000_000).default(8),
  /** The latest so many checkpoints, beside the first, the best and every so-manieth (`every`); null: all. */
  checkpoints: z.int().min(1).max(1_000_000).nullable().default(10),
  /** Checkpoints whose version is a multiple of this; null: none of them for that. */
  every: z.int().min(1).max(1_000_000).nullable().default(10),
});

const settingsObject = z.strictObject({
  baseModel: baseModelSchema,
  task: taskSchema,
  adapter: adapterSettingsSchema.prefault({}),
  training: trainingSchema.prefault({}),
  aggregation: aggregationSchema.prefault({}),
  rounds: roundsSchema.prefault({}),
  privacy: privacySchema.prefault({}),
  wire: wireSchema.prefault({}),
  retention: retentionSchema.prefault({}),
  /** Seeds the initial shared tensors and the personal starts. */
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
});

export const taskSettingsSchema = settingsObject
  .overwrite((settings) => {
    const { rounds, aggregation, privacy } = settings;
    const { rule, byzantine } = aggregation;
    const leftOut = rule === 'multi-krum' ? byzantine + 2 : 0;
    const held = (privacy.minMembers ?? usualMinMembers) + leftOut;
    const wanted = rounds.sampling === 'poisson' ? 1 : Math.max(held, fewestContributions(aggregation));
    const quorum = quorumOf(rounds, wanted);
    return { ...settings, rounds: { ...rounds, quorum } };
  })
  .superRefine(({ aggregation, rounds }, context) => {
    const fewest = fewestContributions(aggregation);
    if (rounds.quorum >= fewest) return;
    const message = `the rule ${aggregation.rule} needs at least ${fewest} contributions a round: raise the quorum to ${fewest}`;
    context.addIssue({ code: 'custom', path: ['rounds', 'quorum'], message });
  })
  .superRefine(({ aggregation, rounds, privacy }, context) => {
    const taken = takenAtMost(aggregation, rounds.quorum);
    if ((privacy.minMembers ?? 1) <= taken) return;
    const message = `of ${rounds.quorum} contributions ${aggregation.rule} takes ${taken}, so no tensor would be held by more: raise the quorum, or lower this`;
    context.addIssue({ code: 'custom', path: ['privacy', 'minMembers'], message });
  })
  .refine((s) => s.privacy.noiseMultiplier === undefined || s.privacy.clipNorm !== undefined, {
    path: ['privacy', 'noiseMultiplier'],
    message: 'noise needs privacy.clipNorm, which bounds what one contribution can reveal',
  })
  .refine((s) => (s.wire.upload === 'top-k') === (s.wire.keep !== undefined), {
    path: ['wire', 'keep'],
    message: 'upload top-k needs a share of values to keep, say 0.1, and no other upload has one',
  })
  .refine((s) => s.training.contribution === 'delta' || s.training.sharedSteps > 0, {
    path: ['training', 'sharedSteps'],
    message: 'a gradient contribution averages over at least one batch',
  })
  .refine((s) => s.training.contribution === 'delta' || s.training.proximal === 0, {
    path: ['training', 'proximal'],
    message: 'a gradient contribution takes no steps to pull back: use contribution delta',
  })
  .refine((s) => s.training.contribution === 'delta' || s.training.phases !== 'joint', {
    path: ['training', 'phases'],
    message:
      'a gradient contribution is taken at the checkpoint, where joint steps would move it: use phases apart, or contribution delta',
  })
  .refine((s) => s.training.validation === 0 || s.training.phases !== 'joint', {
    path: ['training', 'phases'],
    message:
      'validation takes personal steps back, and joint ones moved the shared part with them: use phases apart, or no validation',
  })
  .refine(
    (s) => !s.training.controls || (s.training.contribution === 'delta' && s.training.optimizer === 'sgd'),
    {
      path: ['training', 'controls'],
      message: 'controls correct local sgd steps: use contribution delta and optimizer sgd',
    },
  )
  .refine((s) => !s.training.controls || s.privacy.clipNorm === undefined, {
    path: ['training', 'controls'],
    message: 'controls are not clipped: leave out privacy.clipNorm, or do without controls',
  })
  .superRefine((settings, context) => {
    for (const { path, message } of [...maskingConflicts(settings), ...budgetFaults(settings)])
      context.addIssue({ code: 'custom', path: [...path], message });
  })
  .superRefine((settings, context) => {
    if (clustersOf(settings) === 'off') return;
    const message = whyNoClusters(settings, phasesOf(withPhases(settings)));
    if (message !== null) context.addIssue({ code: 'custom', path: ['task', 'clusters'], message });
  });

/** What a rate that is left out follows from. */
export interface RateChoice {
  readonly adapter: Pick<TaskSettings['adapter'], 'layout'>;
  readonly task: { readonly kind: TaskKind };
  readonly training: Pick<TaskSettings['training'], 'phases' | 'personalRate' | 'sharedRate'>;
}

/** What two others make together tells neither of them by itself. */
const usualMinMembers = 3;

/**
 * Of groups that are made now: as many as usual, or as a rule that leaves contributions out takes of a quorum. Noise on the sum
 * hides each member by itself.
 */
export function newMinMembersOf(settings: Pick<TaskSettings, 'aggregation' | 'rounds' | 'privacy'>): number {
  if (isSumNoised(settings)) return 1;
  return Math.min(usualMinMembers, takenAtMost(settings.aggregation, settings.rounds.quorum));
}

/** How many members have to hold a tensor, in a group that has so many. */
export function minMembersOf({ privacy }: Pick<TaskSettings, 'privacy'>): number {
  return privacy.minMembers ?? 1;
}

export function isMasked({ privacy }: Pick<TaskSettings, 'privacy'>): boolean {
  return privacy.secureAggregation !== undefined;
}

export type Phases = NonNullable<TaskSettings['training']['phases']>;

export function phasesOf({ training }: Pick<RateChoice, 'training'>): Phases {
  return training.phases ?? 'apart';
}

/** Steps that a member takes in a round, whichever of its parts they train. */
export function roundStepsOf({ training }: Pick<TaskSettings, 'training'>): number {
  return training.personalSteps + training.sharedSteps;
}

/** Settings of a group to be created, with what proved itself where it names nothing and nothing in it rules that out. */
export function settledSettings(settings: TaskSettings): TaskSettings {
  const settled = { ...settings, privacy: { minMembers: newMinMembersOf(settings), ...settings.privacy } };
  return withVerdicts(withClusters(withPhases(settled)));
}

function withPhases(settings: TaskSettings): TaskSettings {
  const { training } = settings;
  if (training.phases !== undefined || newPhasesOf(settings) === 'apart') return settings;
  const { contribution, validation, personalSteps, sharedSteps } = training;
  if (contribution === 'gradient' || validation > 0 || personalSteps === 0 || sharedSteps === 0)
    return settings;
  return { ...settings, training: { ...training, phases: 'joint' } };
}

function withClusters(settings: TaskSettings): TaskSettings {
  const { task } = settings;
  if (!('head' in task) || task.clusters !== undefined) return settings;
  const can = whyNoClusters(settings, phasesOf(settings)) === null;
  return can ? { ...settings, task: { ...task, clusters: newClustersOf(settings) } } : settings;
}

export function newClustersOf({ adapter, task }: Pick<RateChoice, 'adapter' | 'task'>): ClusterMode {
  return adapter.layout === 'core' && taskKindTable[task.kind].clusters ? 'auto' : 'off';
}

/** Measured for the layout `core` alone. */
export function newPhasesOf({ adapter, task }: Pick<RateChoice, 'adapter' | 'task'>): Phases {
  return adapter.layout === 'core' ? taskKindTable[task.kind].phases : 'apart';
}

/**
 * The r x r matrices of `core` bear a high rate, in steps of their own the higher the more people share A and B (4e-2
 * for a dozen with different tasks, 1e-2 for two); whole personal adapters memorise at it.
 */
export function personalRateOf({ adapter, task, training }: RateChoice): number {
  const { core, other } = taskKindTable[task.kind].rates;
  return training.personalRate ?? (adapter.layout === 'core' ? core[phasesOf({ training })] : other);
}

/** The rate of the shared adapter. Classification starts from a head of zeros and bears more than a language model. */
export function sharedRateOf({ task, training }: Omit<RateChoice, 'adapter'>): number {
  return training.sharedRate ?? taskKindTable[task.kind].rates.shared;
}

export type Layout = z.infer<typeof layoutSchema>;
export type TaskSettings = z.infer<typeof taskSettingsSchema>;
/** Settings as an admin writes them: everything with a default may be left out. */
export type TaskSettingsInput = z.input<typeof taskSettingsSchema>;

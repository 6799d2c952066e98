// The entities people and programs see over REST. What the database keeps beside them stays there.
// There is no field here for personal tensors or examples, on purpose.
import { z } from 'zod';
import { joinOfferSchema } from './accounts/join-offer.ts';
import { machineSchema } from './accounts/machine.ts';
import { mapOf, mostInteger, mostScale, nameSchema } from './bounds/bounded.ts';
import { rangeOfFigure } from './bounds/figure-ranges.ts';
import { isReservedName, reservedNameWords } from './bounds/names.ts';
import { rollbacksSchema } from './checkpoints/rollbacks.ts';
import { clusterNumber, placeSchema } from './clusters/clusters.ts';
import { maskedAssignmentSchema, maskedProgressSchema } from './masking/masking.ts';
import { hexSchema } from './proofs/public-key.ts';
import { receiptSchema } from './proofs/receipt.ts';
import { accessSchema, groupStateSchema, roundStateSchema } from './states/states.ts';
import { downloadEncodingSchema, taskSettingsSchema } from './task-settings.ts';
import { shownReportSchema } from './why/error-report.ts';

const instant = z.iso.datetime();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export type GroupState = z.infer<typeof groupStateSchema>;
export type RoundState = z.infer<typeof roundStateSchema>;

/** What a group that is to be may be called; those that are there keep their names. */
export const newGroupNameSchema = nameSchema.refine(
  (name) => !isReservedName(name),
  `use ${reservedNameWords}`,
);

export const participantSchema = z.object({
  id: z.string(),
  name: nameSchema,
  groups: z.array(z.string()), // in which it is a member now: a list of a group’s participants has those too who left it
  online: z.boolean(),
  /** It has no key any more: it takes part in nothing. */
  revoked: z.boolean().default(false),
  /** Of the latest 20 rounds of the group asked for, or of each of its groups (of more than five groups fewer, 5 at least): how many asked it, and how many got something. */
  asked: z.int().min(0).default(0),
  answered: z.int().min(0).default(0),
  /** Rounds in a row that asked it and got nothing; from three on it is drawn more rarely, and hardly waited for. */
  missed: z.int().min(0).default(0),
  /** Medians of seconds over those rounds; null where nothing is known. training: from the checkpoint's arrival until it sends. */
  usual: z
    .object({
      download: z.number().nullable(),
      training: z.number().nullable(),
      upload: z.number().nullable(),
    })
    .optional(),
  lastError: shownReportSchema.nullable().default(null), // how its daemon last ended with an error, if it told
  machine: machineSchema.nullable().default(null), // as told where it was seen last
  createdAt: instant,
  lastSeenAt: instant.nullable(),
});
export type Participant = z.infer<typeof participantSchema>;

export const checkpointSchema = z.object({
  version: z.int().min(0),
  /** Of the file in this encoding. Members are told of the group's `wire.download`, everybody else of f32. */
  encoding: downloadEncodingSchema.default('f32'),
  sha256,
  bytes: z.int().min(0),
  createdAt: instant,
});
export type CheckpointInfo = z.infer<typeof checkpointSchema>;

/** Why a running group does not move on just now. */
const waitingForSchema = z.object({
  /** members: so many of those it needs are online and available, before a round opens; contributions: of its live round. */
  what: z.enum(['members', 'contributions']),
  here: z.int(),
  needed: z.int(),
  /** Who is missing, twenty at most; null for participants, who don't learn each other's names. */
  missing: z
    .array(
      z.object({ participant: z.string(), why: z.enum(['offline', 'away', 'revoked', 'probing', 'online']) }),
    )
    .nullable(),
});
export type WaitingFor = z.infer<typeof waitingForSchema>;

export const groupSchema = z.object({
  name: nameSchema,
  state: groupStateSchema,
  access: accessSchema,
  settings: taskSettingsSchema,
  nextSettings: taskSettingsSchema.nullable().default(null), // what they become once the live round is over
  settingsVersion: z.int().default(0), // another number: other settings
  /** One more with each change of access, settings or state, whoever made it; also as ETag, for If-Match. */
  revision: z.int().default(1),
  members: z.int(),
  online: z.int(),
  committedRounds: z.int(),
  /** Why it is paused; null while it is not. */
  pausedReason: z.string().nullable(),
  /** Null while it waits for nobody. */
  waiting: waitingForSchema.nullable().default(null),
  /** Why it is completed before its rounds are over (early stop, ended by an admin). */
  endedReason: z.string().nullable(),
  /** The checkpoint with the best median of the metric of early stop, once that was judged. */
  bestVersion: z.int().nullable(),
  /** What its rounds revealed of one member's whole part, of its budget; null where it has none. */
  privacy: z
    .object({
      epsilon: z.number(),
      delta: z.number(),
      spent: z.number(), // of who took part in all rounds
      /** Of the member who asks, by the coordinator's count; null of others. */
      own: z.number().nullable(),
      lostRounds: z.int().min(0).default(0), // among them: that the database lost when it was put back
    })
    .nullable()
    .default(null),
  checkpoint: checkpointSchema.nullable(),
  createdAt: instant,
});
export type TaskGroup = z.infer<typeof groupSchema>;

export const membershipSchema = z.object({
  participant: z.string(),
  /** The participant's; left out by an earlier coordinator. */
  participantId: z.string().optional(),
  group: groupSchema,
  /** Only when this call enrolled a new participant that brought none of its own: the key, shown once. */
  key: z.string().nullable(),
  /** The public key that this participant's contributions are signed with; null while it told none. */
  signingKey: hexSchema(32).nullable(),
  /** With `check`: the latest round that this participant contributed to (null: none), and to who is no member yet an offer. */
  contributedTo: z.int().nullable().optional(),
  offer: joinOfferSchema.optional(),
});

const contributionInfoSchema = z.object({
  participant: z.string(),
  /** The round it was made for: an earlier one, where it came late. */
  madeFor: z.int(),
  /** The checkpoint it was made at, and how many versions older than the round's that is. */
  version: z.int(),
  staleness: z.int(),
  sha256,
  bytes: z.int(),
  weight: z.number(),
  norm: z.number(),
  /**
   * How much of the update it became: 0 where the aggregation rule left it out, less than its share of the weights where
   * it was held back. Null before the round is committed, and of rules that look at each value by itself.
   */
  part: z.number().nullable(),
  receivedAt: instant,
});

export const roundSchema = z.object({
  number: z.int().min(1),
  state: roundStateSchema,
  /** Checkpoint version contributions must be made at; the round commits version + 1. */
  version: z.int(),
  cohort: z.int(),
  contributions: z.int(),
  /** With so many contributions it closes at once. */
  wanted: z.int(),
  /** The largest L2 norm that a contribution made for it may have; null where norms aren't bounded, or by clipNorm. */
  normLimit: z.number().nullable().default(null),
  /** 1, and one more each time members were drawn anew for want of a quorum. */
  attempt: z.int(),
  /** Why it failed or was given up. */
  reason: z.string().nullable(),
  deadlineAt: instant,
  openedAt: instant,
  committedAt: instant.nullable(),
  metrics: z.record(z.string(), z.number()),
  masking: maskedProgressSchema.nullable().default(null), // of a masked round: how far its latest attempt is
});
export type Round = z.infer<typeof roundSchema>;

export const roundDetailSchema = roundSchema.extend({
  /** One page of the contributions and of those missing; `limit` and `cursor` turn both. */
  contributionList: z.array(contributionInfoSchema),
  missing: z.array(z.string()),
  missingTotal: z.int(),
  /** The next page's cursor; null where nothing more is in either list. */
  next: z.string().nullable().default(null),
});
export type RoundDetail = z.infer<typeof roundDetailSchema>;

/** What happened in a group, and who did it: for a contribution that was refused, the reason in `detail`. */
export const eventSchema = z.object({
  at: instant,
  kind: z.string(),
  round: z.int().nullable(),
  participant: z.string().nullable(),
  /** Name of the key that did it; null where the coordinator did it by itself. */
  by: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
});
export type GroupEvent = z.infer<typeof eventSchema>;

export const metricNameSchema = z
  .string()
  .max(63)
  .regex(/^[a-z][a-zA-Z0-9._-]{0,62}$/);

/** Names under which a member reports of one checkpoint. */
export const mostFigures = 64;

/** What a member reports at once, by name, each in its range; `round`: the checkpoint it is of, null for none. */
export const reportedMetricsSchema = z.strictObject({
  round: z.int().min(0).max(mostInteger).nullable().default(null),
  metrics: mapOf(metricNameSchema, z.number().min(-mostScale).max(mostScale), mostFigures).superRefine(
    (metrics, context) => {
      for (const [name, value] of Object.entries(metrics)) {
        const { least, most } = rangeOfFigure(name);
        if (value >= least && value <= most) continue;
        context.addIssue({ code: 'custom', path: [name], message: `is from ${least} to ${most}` });
      }
    },
  ),
});

export const metricSchema = z.object({
  participant: z.string(),
  round: z.int().nullable(),
  name: metricNameSchema,
  value: z.number(),
  createdAt: instant,
});
export type Metric = z.infer<typeof metricSchema>;

/** What a member should do now. It is the poll and the heartbeat in one. */
export const assignmentSchema = z.object({
  state: groupStateSchema,
  /** Latest checkpoint; null while the group is a draft. */
  checkpoint: checkpointSchema.nullable(),
  committedRounds: z.int(),
  settingsVersion: z.int().optional(), // the group's; left out by an earlier coordinator
  /** Why the group is paused; null while it is not. */
  pausedReason: z.string().nullable().default(null),
  /** For whom the group waits, while this member has nothing to do. */
  waiting: waitingForSchema.nullable().default(null),
  round: z
    .object({
      number: z.int(),
      version: z.int(),
      deadlineAt: instant,
      /** From this answer to the deadline: right whatever the member's clock shows. */
      secondsLeft: z.number().min(0).optional(),
      /** A contribution of a larger L2 norm is refused; null, or left out by an earlier coordinator, where none is. */
      normLimit: z.number().positive().nullable().optional(),
      members: z.int().min(0).optional(), // of the group, when the round opened; left out by an earlier coordinator
      travelling: z.array(z.string()).nullable().optional(), // of its labels, whose head rows it is to send; else all
      contributed: z.boolean(), // by this participant, and acknowledged
      masking: maskedAssignmentSchema.nullable().optional(), // of a masked round: how far it is; of others null
    })
    .nullable(),
  maskingKeys: z.int().min(0).nullable().optional(), // of a masked group: unused ones of this member; of others null
  /** Of a group with clusters, where this member belongs: with a round still to contribute to, and once completed. Else null, as before its probe. */
  place: placeSchema.nullable().default(null),
  /** Once it is completed: the clusters that had members when they were last made. Null elsewhere, and of an earlier coordinator. */
  clusters: z.array(clusterNumber).nullable().default(null),
  /** Of the group: which checkpoints had an earlier one's tensors put back. */
  rollbacks: rollbacksSchema.default([]),
  pollSeconds: z.number(), // when to ask again if no hint comes
  /** After a hint, wait a random part of this before asking: the members of a large group don't come all at once. */
  spreadSeconds: z.number().min(0).default(0),
});
export type Assignment = z.infer<typeof assignmentSchema>;

export const acknowledgementSchema = z.object({
  /** The round it counts in: a later one than it was made for, where it came late. */
  round: z.int(),
  /** The checkpoint it was made at, and how many versions older than its round's that is. */
  version: z.int(),
  staleness: z.int(),
  sha256,
  /** True when this very contribution had been acknowledged before (a retry). */
  repeated: z.boolean(),
  /** Null where it was accepted before receipts were given. */
  receipt: receiptSchema.nullable(),
});
export type Acknowledgement = z.infer<typeof acknowledgementSchema>;

/**
 * What became of what this member sent for a round: all that it takes to know which part of a checkpoint is one's own
 * (the client's leave-me-out account). Nothing here is about anybody else but how much all that hold a tensor weigh together.
 */
export const appliedSchema = z.object({
  /** waiting: the round it counts in isn't closed. dropped: it is in no checkpoint, and never will be. */
  state: z.enum(['waiting', 'applied', 'dropped']),
  /** Of the bytes that count; null where there are none. */
  sha256: sha256.nullable(),
  /** The first checkpoint that holds it; null unless applied. */
  version: z.int().nullable(),
  /**
   * By the names of its tensors: checkpoint[version] = checkpoint[version - 1] - sum over members of weight * what each
   * sent. Null where a contribution isn't applied as one term of such a sum (every rule but mean, every server optimizer
   * but plain), and where its names are not kept any more.
   */
  weights: z.record(z.string(), z.number().min(0)).nullable(),
});
export type Applied = z.infer<typeof appliedSchema>;

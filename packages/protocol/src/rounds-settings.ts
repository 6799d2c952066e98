// How a task group's rounds go: who is asked, how many contributions are wanted, how long they may take, what
// becomes of late ones, and when the group stops. What the coordinator does with it is in its rounds folder.
import { z } from 'zod';
import { mostScale } from './bounds/bounded.ts';

/** How many of the members who are online are asked in a round; everybody, where it is left out. */
const cohortSchema = z
  .strictObject({
    fraction: z.number().positive().max(1).optional(),
    count: z.int().min(1).max(100_000).optional(),
  })
  .refine(({ fraction, count }) => (fraction === undefined) !== (count === undefined), {
    message: 'give either a fraction of the members online, or a count',
  });

/** The group stops when the median of what members report under `metric` gets no better. */
const earlyStopSchema = z.strictObject({
  metric: z
    .string()
    .max(63)
    .regex(/^[a-z][a-zA-Z0-9._-]{0,62}$/, 'the name of a metric members report, such as accuracy'),
  /** Whether a lower or a higher value is better. */
  goal: z.enum(['lower', 'higher']),
  /** Rounds in a row without an improvement, after which it stops. */
  patience: z.int().min(1).max(1_000_000).default(3),
  /** What counts as an improvement: better than the best before by more than this. */
  minDelta: z.number().min(0).max(mostScale).default(0),
});

/** Filled in where a group's settings are read as a whole. */
const unsaid = 0;

const roundsObject = z.strictObject({
  /** The group is completed after this many committed rounds. */
  count: z.int().min(1).max(1_000_000).default(8),
  /**
   * synchronous: a round waits for those it asked. buffered (FedBuff, Nguyen et al. 2022, arXiv 2106.06639): a round
   * closes after `bufferSize` arrivals, whoever sent them, and members go on with the next one without waiting.
   */
  mode: z.enum(['synchronous', 'buffered']).default('synchronous'),
  /** Arrivals that close a buffered round; left out: `participants`. */
  bufferSize: z.int().min(1).max(100_000).optional(),
  /** A round opens when so many members are online; without a cohort it closes early when all it asked have contributed. */
  participants: z.int().min(1).max(100_000).default(2),
  /** Asks a random part of the members online; nobody joins such a round later. */
  cohort: cohortSchema.optional(),
  /**
   * lots: as many as the cohort says, by lots that anybody can draw again. poisson: each member who can be asked by a coin flip of
   * her own at the cohort's fraction, which nobody but the coordinator sees: what noise then hides better is accounted for.
   * Left out: lots.
   */
  sampling: z.enum(['lots', 'poisson']).optional(),
  /** Asks so many times more than the cohort, and closes when as many as the cohort have contributed. */
  overSelection: z.number().min(1).max(10).default(1),
  /**
   * At the deadline a round closes with at least so many contributions, and as many as move a tensor (privacy.minMembers); with
   * fewer it is tried again. Left out: what follows from the other settings (quorumOf).
   */
  quorum: z.int().min(1).max(100_000).default(unsaid).meta({ default: undefined }),
  deadlineSeconds: z
    .number()
    .min(1)
    .max(7 * 24 * 3600)
    .default(600),
  /** The deadline is longer where members tell that a round takes them longer (step-times.ts's `deadlineFor`). */
  adaptDeadline: z.boolean().default(false),
  /** How often a round without its quorum is tried again, each time with members drawn anew; then the group pauses. */
  retries: z.int().min(0).max(1_000_000).default(3),
  /**
   * A contribution that comes after its round was closed counts in the live one, with its weight times
   * (1 + versions passed)^-1/2, if at most so many versions have passed. 0: it is refused.
   */
  maxStaleness: z.int().min(0).max(1000).default(0),
  earlyStop: earlyStopSchema.optional(),
});

/** Each field by itself, for whoever offers some of them elsewhere. */
export const roundsFields = roundsObject.shape;

export const roundsSchema = roundsObject
  .refine(({ quorum, participants }) => quorum <= participants, {
    path: ['quorum'],
    message: 'must not exceed rounds.participants',
  })
  .refine((rounds) => rounds.quorum <= sampleOf(rounds, rounds.participants), {
    path: ['quorum'],
    message:
      'must not exceed what rounds.cohort asks of rounds.participants members: ask more of them, or lower the quorum',
  })
  .refine(({ overSelection, cohort }) => overSelection === 1 || cohort !== undefined, {
    path: ['overSelection'],
    message: 'needs rounds.cohort: without one everybody is asked already',
  })
  .refine(({ sampling, cohort }) => sampling !== 'poisson' || cohort?.fraction !== undefined, {
    path: ['sampling'],
    message: 'poisson flips a coin for each member: give its chance as rounds.cohort.fraction',
  })
  .refine(({ sampling, overSelection }) => sampling !== 'poisson' || overSelection === 1, {
    path: ['overSelection'],
    message: 'who is drawn by a coin flip is not drawn for another: use 1 with sampling poisson',
  })
  .refine(({ sampling, quorum }) => sampling !== 'poisson' || quorum <= 1, {
    path: ['quorum'],
    message:
      'a round that is drawn again while too few were drawn is no draw by coin flips: use 1 with sampling poisson, or leave it out',
  })
  .refine(({ mode, cohort }) => mode === 'synchronous' || cohort === undefined, {
    path: ['cohort'],
    message: 'a buffered group gives work to everybody who asks: leave rounds.cohort out',
  })
  .refine(({ mode, bufferSize }) => mode === 'buffered' || bufferSize === undefined, {
    path: ['bufferSize'],
    message: 'needs rounds.mode buffered',
  })
  .refine(({ bufferSize, participants }) => bufferSize === undefined || bufferSize <= participants, {
    path: ['bufferSize'],
    message:
      'must not exceed rounds.participants: each of them counts once in a round, so it would never fill',
  })
  .refine(({ mode, bufferSize, quorum }) => mode === 'synchronous' || quorum <= (bufferSize ?? quorum), {
    path: ['quorum'],
    message: 'must not exceed rounds.bufferSize, at which a round closes',
  });

export type RoundsSettings = z.infer<typeof roundsSchema>;
type CohortSettings = Pick<z.infer<typeof roundsObject>, 'cohort'>;

/**
 * Of settings that name none: as many as `wanted`, where a round of `participants` has them. (Groups whose settings were stored
 * before are stored with theirs.)
 */
export function quorumOf(rounds: RoundsSettings, wanted: number): number {
  if (rounds.quorum !== unsaid) return rounds.quorum;
  const most = rounds.mode === 'buffered' ? bufferOf(rounds) : sampleOf(rounds, rounds.participants);
  return Math.min(wanted, most);
}

/** How many contributions a round wants of `online` members; at least one. */
export function sampleOf({ cohort }: CohortSettings, online: number): number {
  if (cohort === undefined) return online;
  const sample = cohort.count ?? Math.ceil(round9(online * (cohort.fraction ?? 1)));
  return Math.max(1, Math.min(online, sample));
}

/** How many of `online` members are asked, so that as many as wanted contribute though some don't. */
export function askedOf(
  rounds: CohortSettings & Pick<RoundsSettings, 'overSelection'>,
  online: number,
): number {
  return Math.min(online, Math.ceil(round9(sampleOf(rounds, online) * rounds.overSelection)));
}

/** Arrivals that close a buffered round. */
export function bufferOf({
  bufferSize,
  participants,
}: Pick<RoundsSettings, 'bufferSize' | 'participants'>): number {
  return bufferSize ?? participants;
}

/** 0.07 * 100 is 7.000000000000001, and nobody means 8 by it. */
function round9(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}

// What a member of a masked round does next, as a pure function of what she keeps and what the coordinator tells her, who may lie.
// Whoever calls keeps the `attempt` of a move, durably, before doing it: killed in between she does the very same again.
// No clock, no network, no file; what she keeps is secret.
import type { MaskedRound } from '@colora/protocol/masking/masking';
import { sendersForm } from '@colora/protocol/masking/masking-forms';
import { isSignedBy } from '@colora/protocol/proofs/signatures';
import { MaskingError } from '../masking-error.ts';
import { count } from './graph.ts';
import { type OwnReveal, revealsOf, shareSecrets } from './member-secrets.ts';
import { type Expected, type OwnRoster, readVerified } from './roster.ts';

/** One attempt at a round, as one member knows it. Keys and seeds: 32 bytes in hex. */
export interface Attempt {
  readonly round: number;
  readonly attempt: number;
  readonly rosterText: string;
  readonly rosterHash: string;
  readonly maskingKey: string;
  readonly selfMask: string;
  readonly sealed: readonly { readonly to: number; readonly sealed: string }[];
  /** Names the numbers that went under her masks; null before. Others never do: two under the same masks tell their difference. */
  readonly vector: string | null;
  /** As she was told them first: what she does is for these alone. Null before. */
  readonly sharers: readonly number[] | null;
  readonly senders: readonly number[] | null;
  readonly reveals: readonly OwnReveal[] | null;
  /** Why she does nothing more in this round; null while she does. */
  readonly refused: string | null;
}

/** What she knows by herself. */
export interface Standpoint {
  readonly expected: Expected;
  /** Private; 32 bytes. */
  readonly sealingKey: Uint8Array;
  /** So many contributions a sum is made of at least, of members who count. */
  readonly needed: number;
  /** That she has for this round at this checkpoint; null while there are none. */
  readonly numbers: OwnNumbers | null;
}

export interface OwnNumbers {
  readonly name: string;
  /** What they were made at, as a roster names it. */
  readonly checkpoint: string;
  readonly settings: string;
}

export type Move =
  | { readonly kind: 'wait' }
  /** A new attempt, whose roster is to be verified: beginAttempt. */
  | { readonly kind: 'begin'; readonly rosterText: string }
  | { readonly kind: 'share'; readonly attempt: Attempt }
  | { readonly kind: 'contribute'; readonly attempt: Attempt; readonly own: OwnRoster }
  /** `text`: of sendersForm. */
  | { readonly kind: 'sign'; readonly attempt: Attempt; readonly text: string }
  /** `unopened`: neighbours whose shares don't open. */
  | { readonly kind: 'reveal'; readonly attempt: Attempt; readonly unopened: readonly number[] }
  /** What she is told is not what an honest coordinator says: nothing more of hers leaves in this round. */
  | { readonly kind: 'refuse'; readonly why: string };

const wait: Move = { kind: 'wait' };
const refuse = (why: string): Move => ({ kind: 'refuse', why });

/**
 * Her part in an attempt, from its verified roster on: fresh shares of the secrets that it alone uses. Throws MaskingError
 * 'bad-roster' where so few of those in it count that the others could put her secrets together.
 */
export function beginAttempt(
  own: OwnRoster,
  { sealingKey, needed }: Pick<Standpoint, 'sealingKey' | 'needed'>,
  maskingKey: string,
  random: (bytes: number) => Uint8Array,
): Attempt {
  const { roster, members } = own;
  const all = members.map((_, number) => number);
  const lacking = tooFew(own, all, needed);
  if (lacking !== null) throw new MaskingError('bad-roster', `the roster doesn’t hold: ${lacking}`);
  const selfMask = random(32);
  const secrets = { sealingKey, maskingKey: Buffer.from(maskingKey, 'hex'), selfMask };
  return {
    ...{
      round: roster.round,
      attempt: roster.attempt,
      rosterText: own.text,
      rosterHash: own.hash,
      maskingKey,
    },
    selfMask: Buffer.from(selfMask).toString('hex'),
    sealed: shareSecrets(own, secrets, random),
    ...{ vector: null, sharers: null, senders: null, reveals: null, refused: null },
  };
}

/** `known`: the last attempt at any round that she began; null before the first. */
export function nextMove(known: Attempt | null, told: MaskedRound, standpoint: Standpoint): Move {
  const { round } = standpoint.expected;
  const sameRound = known?.round === round;
  if (sameRound && known.refused !== null) return wait;
  if (!sameRound || told.attempt > known.attempt) {
    if (known !== null && known.round > round)
      return refuse(`round ${round} comes after round ${known.round}, in which she took part already`);
    if (sameRound && known.reveals !== null)
      return refuse('this round’s masks were taken off once, and once more would tell two sums of the same');
    if (told.phase !== 'sharing') return wait; // she is too late for it
    return told.rosterText === null
      ? refuse('no roster was told')
      : { kind: 'begin', rosterText: told.rosterText };
  }
  if (told.attempt < known.attempt)
    return refuse(`it is set back from attempt ${known.attempt} to ${told.attempt}`);
  const own = readKnown(known, standpoint);
  if (own === null) return refuse('she began it under another signing key');
  if (told.roster !== own.hash) return refuse('two rosters were told of the same attempt');
  switch (told.phase) {
    case 'sharing':
      return told.done.shared ? wait : { kind: 'share', attempt: known };
    case 'masking':
      return toMask(known, told, own, standpoint);
    case 'signing':
      return toSign(known, told, own, standpoint);
    case 'revealing':
      return toReveal(known, told, own, standpoint);
  }
}

/** Null where the roster that she took part by lacks her now. */
function readKnown({ rosterText }: Attempt, { expected }: Standpoint): OwnRoster | null {
  try {
    return readVerified(rosterText, expected);
  } catch (error) {
    if (error instanceof MaskingError) return null;
    throw error;
  }
}

function toMask(known: Attempt, told: MaskedRound, own: OwnRoster, { needed, numbers }: Standpoint): Move {
  const { sharers } = told;
  if (sharers === null || !isNumbers(sharers, own.members.length))
    return refuse('nobody can have shared like that');
  if (known.sharers !== null && !same(known.sharers, sharers)) return refuse('two sets of sharers were told');
  if (!sharers.includes(own.number) || told.done.sent) return wait;
  const lacking = tooFew(own, sharers, needed);
  if (lacking !== null) return refuse(`of those who shared ${lacking}`);
  const vector = numbers?.name ?? null;
  if (known.vector !== null && vector !== known.vector)
    return refuse(
      'she is asked for other numbers than went under its masks already, and both would tell their difference',
    );
  if (numbers !== null && !isOfRoster(own, numbers))
    return refuse(
      'her update was made at another checkpoint, or by other settings, than its roster names for everybody: of sums of such an update can be left alone',
    );
  return { kind: 'contribute', attempt: { ...known, vector, sharers }, own };
}

const isOfRoster = ({ roster }: OwnRoster, { checkpoint, settings }: OwnNumbers) =>
  roster.checkpoint === checkpoint && roster.settings === settings;

function toSign(known: Attempt, told: MaskedRound, own: OwnRoster, { needed }: Standpoint): Move {
  const { senders } = told;
  const { sharers } = known;
  if (sharers === null) return wait; // she sent nothing
  if (senders === null || !isNumbers(senders, own.members.length))
    return refuse('nobody can have sent like that');
  if (known.senders !== null && !same(known.senders, senders)) return refuse('two sets of senders were told');
  if (told.done.signed) return wait;
  if (!senders.includes(own.number)) return wait; // what she sent came too late
  if (senders.some((sender) => !sharers.includes(sender))) return refuse('somebody sent who didn’t share');
  const lacking = tooFew(own, senders, needed);
  if (lacking !== null) return refuse(`of those who sent ${lacking}`);
  return { kind: 'sign', attempt: { ...known, senders }, text: sendersText(own, senders) };
}

function toReveal(known: Attempt, told: MaskedRound, own: OwnRoster, { sealingKey }: Standpoint): Move {
  const { sharers, senders } = known;
  if (sharers === null || senders === null) return wait; // she signed nothing
  if (told.senders === null || !same(told.senders, senders))
    return refuse('another set of senders was told than she signed');
  if (told.done.revealed) return wait;
  if (known.reveals !== null) return { kind: 'reveal', attempt: known, unopened: [] };
  const signed = signers(own, senders, told.signatures ?? []);
  if (signed < own.graph.threshold)
    return refuse(
      `${signed} of her neighbours signed the same set of senders, and it takes ${own.graph.threshold}`,
    );
  const { reveals, unopened } = revealsOf(own, sealingKey, told.sealed ?? [], { sharers, senders });
  if (reveals.length === 0) return refuse('no share that was sealed to her opens');
  return { kind: 'reveal', attempt: { ...known, reveals }, unopened };
}

/** How many of her neighbours who count signed these senders. */
function signers(
  own: OwnRoster,
  senders: readonly number[],
  told: NonNullable<MaskedRound['signatures']>,
): number {
  const text = sendersText(own, senders);
  const given = new Map(told.map(({ by, signature }) => [by, signature]));
  return own.graph.neighbours[own.number]!.filter((by) => {
    const signature = given.get(by);
    if (signature === undefined || !own.counted.has(by)) return false;
    return isSignedBy(own.members[by]!.key, text, signature);
  }).length;
}

/** The text that senders sign. */
export const sendersText = ({ hash }: { readonly hash: string }, senders: readonly number[]) =>
  sendersForm.write({ roster: hash, senders: [...senders] });

/** Why `among` is no set to go on with: too few who count, or one of them with too few neighbours in it. Null where it is. */
function tooFew(
  { graph, counted, number }: OwnRoster,
  among: readonly number[],
  needed: number,
): string | null {
  const counting = among.filter((member) => counted.has(member));
  if (counting.length < needed) return `${counting.length} count, and it takes ${needed}`;
  const [all, those] = [new Set(among), new Set(counting)];
  const { neighbours, threshold } = graph;
  const lonely = among.find(
    (member) => count(neighbours[member]!, member === number ? those : all) < threshold,
  );
  return lonely === undefined ? null : `member ${lonely} has fewer than ${threshold} neighbours`;
}

/** Numbers in the roster, rising. */
function isNumbers(given: readonly number[], members: number): boolean {
  return given.every((number, at) => number < members && (at === 0 || number > given[at - 1]!));
}

function same(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((number, at) => number === other[at]);
}

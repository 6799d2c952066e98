// The roster of a masked round as one of its members reads it: she believes nothing of it that isn't signed. What it looks like is
// the protocol's masking-forms.ts; who is whose neighbour follows from it (graph.ts).
import { maskingKeyForm, type Roster, readRoster, vouchForm } from '@colora/protocol/masking/masking-forms';
import { isSignedBy } from '@colora/protocol/proofs/signatures';
import { sha256Hex } from '@colora/protocol/sha256';
import { MaskingError } from '../masking-error.ts';
import { type Graph, graphOf } from './graph.ts';

export interface RosterMember {
  /** Her signing key; this and the next two in hex. */
  readonly key: string;
  readonly maskingKey: string;
  readonly sealingKey: string;
  readonly index: number;
  readonly signature: string;
  readonly vouch: string | null;
}

/** What both sides know of an attempt at a round. */
export interface OpenRoster {
  /** Stands for it: the text's sha256. */
  readonly hash: string;
  readonly text: string;
  readonly roster: Roster;
  /** By their numbers. */
  readonly members: readonly RosterMember[];
  readonly graph: Graph;
}

/** Throws MaskingError 'bad-roster' where `text` is none, or names its members twice or in another order. Signatures aren't read. */
export function openRoster(text: string): OpenRoster {
  const roster = readRoster(text);
  if (roster === null) throw bad('it isn’t of the form that rosters have');
  const members = roster.members.map(([key, index, maskingKey, sealingKey, signature, vouch]) => ({
    ...{ key, index, maskingKey, sealingKey, signature, vouch },
  }));
  for (const which of ['key', 'maskingKey', 'sealingKey'] as const)
    if (new Set(members.map((member) => member[which])).size < members.length)
      throw bad('two of its members have the same key');
  if (members.some(({ key }, at) => at > 0 && key < members[at - 1]!.key))
    throw bad('its members aren’t in the order of their keys');
  const hash = sha256Hex(text);
  return { hash, text, roster, members, graph: graphOf(members.length, hash) };
}

/** What a member knows by herself of the round that she is told a roster of. */
export interface Expected {
  readonly group: string;
  readonly groupCreatedAt: string;
  readonly round: number;
  /** Her signing key. */
  readonly key: string;
  /** Whoever vouches for members, where only those count that she vouches for; a public key. */
  readonly vouchedBy: string | null;
}

/** The roster as this member takes part by it. */
export interface OwnRoster extends OpenRoster {
  /** Hers. */
  readonly number: number;
  /** Numbers of those who count towards thresholds; herself among them. */
  readonly counted: ReadonlySet<number>;
}

/**
 * Throws MaskingError 'bad-roster' where it is of another round, lacks this member, or holds a key that its member didn't sign.
 */
export function verifyRoster(text: string, expected: Expected): OwnRoster {
  const own = readVerified(text, expected);
  const { group, groupCreatedAt } = expected;
  own.members.forEach((member, number) => {
    const { vouch: _, signature, ...signed } = member;
    if (!isSignedBy(member.key, maskingKeyForm.write({ group, groupCreatedAt, ...signed }), signature))
      throw bad(`member ${number} didn’t sign the keys that it names as hers`);
  });
  return own;
}

/** The same of a text that was verified before: who signed what isn't asked again. */
export function readVerified(text: string, expected: Expected): OwnRoster {
  const open = openRoster(text);
  const { roster, members } = open;
  const { group, groupCreatedAt, round, key, vouchedBy } = expected;
  if (roster.group !== group || roster.groupCreatedAt !== groupCreatedAt || roster.round !== round)
    throw bad(`it is of round ${roster.round} of the group ${roster.group}, made ${roster.groupCreatedAt}`);
  const number = members.findIndex((member) => member.key === key);
  if (number < 0) throw bad('this member isn’t in it');
  const isCounted = (member: RosterMember) =>
    vouchedBy === null || member.key === key || isVouched(member, { group, groupCreatedAt, vouchedBy });
  const counted = new Set(members.flatMap((member, at) => (isCounted(member) ? [at] : [])));
  return { ...open, number, counted };
}

function isVouched(
  { key, vouch }: RosterMember,
  { vouchedBy, ...group }: Pick<Expected, 'group' | 'groupCreatedAt'> & { readonly vouchedBy: string },
): boolean {
  return vouch !== null && isSignedBy(vouchedBy, vouchForm.write({ ...group, key }), vouch);
}

const bad = (why: string) => new MaskingError('bad-roster', `the roster doesn’t hold: ${why}`);

// What takes the masks off a round's sum, out of what its members reveal: self masks of those who sent, and pairwise masks between
// them and those who shared and then were gone. Bonawitz et al. 2017 (doi 10.1145/3133956.3133982), figure 4, round 4.
// The sum itself is made of pieces, by whoever has the contributions: openRingSum (rings/ring-sum.ts), takeOff, centre (rings/ring.ts).
import { MaskingError } from '../masking-error.ts';
import { type Mask, openMask } from '../rings/mask-stream.ts';
import type { RingSum } from '../rings/ring-sum.ts';
import { openAgreementKey } from '../sharing/key-agreement.ts';
import { secretsAt } from '../sharing/shamir.ts';
import { pairwiseSeed, pairwiseSign } from './pairwise-mask.ts';
import type { OpenRoster } from './roster.ts';

/** Numbers in the roster, rising: who handed in shares, and who of them sent a contribution. */
export interface Taking {
  readonly sharers: readonly number[];
  readonly senders: readonly number[];
}

export type SecretKind = 'self' | 'key';

export interface Wanted {
  readonly of: number;
  /** self: the seed of her self mask; key: her masking key, since she sent nothing. */
  readonly what: SecretKind;
}

export interface Revealed extends Wanted {
  /** The neighbour whose share it is. */
  readonly by: number;
  /** 33 bytes in hex. */
  readonly share: string;
}

/** The secrets that the sum can't be read without, each by `threshold` shares. */
export function wantedSecrets({ graph }: OpenRoster, { sharers, senders }: Taking): Wanted[] {
  const sent = new Set(senders);
  return sharers.flatMap((of): Wanted[] => {
    if (sent.has(of)) return [{ of, what: 'self' }];
    return graph.neighbours[of]!.some((neighbour) => sent.has(neighbour)) ? [{ of, what: 'key' }] : [];
  });
}

/** Those of the wanted secrets that lack shares; `revealed` holds one share at most of a secret by each neighbour. */
export function stillWanted(open: OpenRoster, taking: Taking, revealed: readonly Wanted[]): Wanted[] {
  const counts = new Map<string, number>();
  for (const one of revealed) counts.set(nameOf(one), (counts.get(nameOf(one)) ?? 0) + 1);
  return wantedSecrets(open, taking).filter((one) => (counts.get(nameOf(one)) ?? 0) < open.graph.threshold);
}

const nameOf = ({ of, what }: Wanted) => `${what} ${of}`;

/** A mask, and how it is added to the sum to take it off. */
export interface Undone {
  readonly mask: Mask;
  readonly sign: 1 | -1;
}

/**
 * All masks that are left in the sum of the senders' contributions. Throws MaskingError 'bad-share' where a secret lacks shares or
 * those that there are don't belong to it, as far as that can be seen: of a masking key by its public half, of a self mask not.
 */
export function masksLeft(open: OpenRoster, taking: Taking, revealed: readonly Revealed[]): Undone[] {
  const wanted = wantedSecrets(open, taking);
  const secrets = putTogether(open, wanted, revealed);
  const sent = new Set(taking.senders);
  return wanted.flatMap(({ of, what }, at): Undone[] => {
    const secret = secrets[at]!;
    if (what === 'self') return [{ mask: openMask(secret), sign: -1 }];
    const own = openAgreementKey(secret);
    if (own.publicKey !== open.members[of]!.maskingKey)
      throw new MaskingError('bad-share', `the shares of member ${of}’s masking key don’t make it`);
    const senders = open.graph.neighbours[of]!.filter((neighbour) => sent.has(neighbour));
    // it stands in the neighbour's contribution with one sign, and so in the gone one's with the other
    return senders.map((sender) => ({
      mask: openMask(pairwiseSeed(open, own, sender)),
      sign: pairwiseSign(of, sender),
    }));
  });
}

/** Each of the wanted secrets, out of the first shares of it that are there. */
function putTogether(
  { graph: { neighbours, threshold } }: OpenRoster,
  wanted: readonly Wanted[],
  revealed: readonly Revealed[],
): Uint8Array[] {
  const used = new Map(
    wanted.map(({ of, what }) => [of, { what, points: [] as number[], shares: [] as string[] }]),
  );
  for (const { of, by, what, share } of revealed) {
    const one = used.get(of);
    if (one?.what !== what || one.points.length === threshold || !neighbours[of]!.includes(by)) continue;
    one.points.push(pointOf(by));
    one.shares.push(share);
  }
  for (const [of, { points }] of used)
    if (points.length < threshold)
      throw new MaskingError(
        'bad-share',
        `of member ${of} there are ${points.length} shares, not ${threshold}`,
      );
  const all = [...used.values()];
  const names = all.map(({ points }) => points.join());
  const lists = new Map(all.map(({ points }, at) => [names[at]!, points])); // in a complete graph nearly all have the same
  const together = secretsAt([...lists.values()]);
  const ways = new Map([...lists.keys()].map((name, at) => [name, together[at]!]));
  return all.map(({ shares }, at) => ways.get(names[at]!)!(shares));
}

/** Where a member's share of a secret is the polynomial's value; at 0 it is the secret. */
export const pointOf = (member: number) => member + 1;

/** Takes the masks' elements from number `from` on off the sum. */
export function takeOff(sum: RingSum, from: number, masks: readonly Undone[]): void {
  for (const { mask, sign } of masks) mask.addTo(sum, from, sign);
}

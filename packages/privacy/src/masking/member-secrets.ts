// What a member of a masked round makes out of her secrets: shares sealed to her neighbours, her contribution under its masks, and
// the shares of others that she reveals. When she may do which is member-steps.ts.
import type { Ring } from '@colora/protocol/masking/masking-ring';
import { type Mask, openMask } from '../rings/mask-stream.ts';
import { writeRing } from '../rings/ring.ts';
import { openRingSum } from '../rings/ring-sum.ts';
import { openAgreementKey } from '../sharing/key-agreement.ts';
import { openSealed, sealShares } from '../sharing/sealing.ts';
import { splitSecret } from '../sharing/shamir.ts';
import { pairwiseSeed, pairwiseSign } from './pairwise-mask.ts';
import type { OwnRoster } from './roster.ts';
import { pointOf, type SecretKind, type Taking } from './unmask.ts';

/** 32 bytes each. The first is for all rounds, the others for one roster alone. */
export interface MemberSecrets {
  readonly sealingKey: Uint8Array;
  readonly maskingKey: Uint8Array;
  readonly selfMask: Uint8Array;
}

type Random = (bytes: number) => Uint8Array;

/** What she hands in: her two secrets in shares, one of each for each neighbour. */
export function shareSecrets(
  own: OwnRoster,
  { sealingKey, maskingKey, selfMask }: MemberSecrets,
  random: Random,
): { to: number; sealed: string }[] {
  const { graph, members, number: from, hash: roster } = own;
  const neighbours = graph.neighbours[from]!;
  const split = { threshold: graph.threshold, points: neighbours.map(pointOf) };
  const keys = splitSecret(maskingKey, split, random);
  const selves = splitSecret(selfMask, split, random);
  const sealing = openAgreementKey(sealingKey);
  return neighbours.map((to, at) => {
    const pair = { key: keys[at]!, self: selves[at]! };
    const between = { own: sealing, other: members[to]!.sealingKey };
    return { to, sealed: sealShares(pair, { roster, from, to }, between, random) };
  });
}

/** Elements of the vector that are masked while they are in the processor's caches. */
const tile = 32_768;

/**
 * Her vector under its masks: a self mask, and one with each neighbour among the sharers. The same for the same arguments.
 * `vector` is as rings/masked-vector.ts fills it.
 */
export function maskVector(
  own: OwnRoster,
  { maskingKey, selfMask }: Omit<MemberSecrets, 'sealingKey'>,
  sharers: readonly number[],
  { vector, ring }: { readonly vector: Int32Array; readonly ring: Ring },
): Uint8Array {
  const key = openAgreementKey(maskingKey);
  const shared = new Set(sharers);
  const neighbours = own.graph.neighbours[own.number]!.filter((neighbour) => shared.has(neighbour));
  const masks: (readonly [Mask, 1 | -1])[] = [
    [openMask(selfMask), 1],
    ...neighbours.map(
      (other) => [openMask(pairwiseSeed(own, key, other)), pairwiseSign(own.number, other)] as const,
    ),
  ];
  const words = vector.slice();
  for (let from = 0; from < words.length; from += tile) {
    const sum = openRingSum(words.subarray(from, from + tile), ring);
    for (const [mask, sign] of masks) mask.addTo(sum, from, sign);
    sum.close();
  }
  return writeRing(words, ring);
}

export interface OwnReveal {
  readonly of: number;
  readonly what: SecretKind;
  readonly share: string;
}

/**
 * Of each neighbour who shared, one share: of the self mask of who sent, of the masking key of who didn't. `unopened`: numbers of
 * those whose shares don't open, of whom she has nothing to reveal.
 */
export function revealsOf(
  own: OwnRoster,
  sealingKey: Uint8Array,
  sealed: readonly { readonly from: number; readonly sealed: string }[],
  { sharers, senders }: Taking,
): { readonly reveals: OwnReveal[]; readonly unopened: number[] } {
  const sealing = openAgreementKey(sealingKey);
  const [shared, sent] = [new Set(sharers), new Set(senders)];
  const { hash: roster, number: to, members } = own;
  const texts = new Map(sealed.map((one) => [one.from, one.sealed]));
  const reveals: OwnReveal[] = [];
  const unopened: number[] = [];
  for (const of of own.graph.neighbours[to]!) {
    if (!shared.has(of)) continue;
    const what = sent.has(of) ? 'self' : 'key';
    try {
      const between = { own: sealing, other: members[of]!.sealingKey };
      const pair = openSealed(texts.get(of) ?? '', { roster, from: of, to }, between);
      reveals.push({ of, what, share: Buffer.from(pair[what]).toString('hex') });
    } catch {
      unopened.push(of);
    }
  }
  return { reveals, unopened };
}

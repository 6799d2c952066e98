// A masked round in memory for tests: members who take their steps, and a coordinator that tells them what it has. Who is gone from
// which step on is given.
import { createHash } from 'node:crypto';
import type { MaskedRound } from '@colora/protocol/masking/masking';
import type { Ring } from '@colora/protocol/masking/masking-ring';
import { seededRandom } from '@colora/tensors/random';
import { centre } from '../rings/ring.ts';
import { openRingSum } from '../rings/ring-sum.ts';
import { reachedOf } from './graph.ts';
import { maskVector } from './member-secrets.ts';
import { type Attempt, beginAttempt, nextMove, type Standpoint } from './member-steps.ts';
import { type OpenRoster, openRoster, readVerified } from './roster.ts';
import { rosterText, rowOf, type TestMember, testGround, testGroup, testMembers } from './testing-members.ts';
import { masksLeft, type Revealed, takeOff } from './unmask.ts';

export type GoneAt = 'shares' | 'contribution' | 'signature' | 'reveals' | null;

export interface TestRound {
  readonly open: OpenRoster;
  readonly members: readonly TestMember[];
  readonly vectors: readonly Int32Array[];
  readonly sharers: readonly number[];
  readonly senders: readonly number[];
  /** By number; what the coordinator has. */
  readonly contributions: ReadonlyMap<number, Uint8Array>;
  readonly sealed: ReadonlyMap<number, Attempt['sealed']>;
  readonly signatures: readonly { readonly by: number; readonly signature: string }[];
  readonly revealed: readonly Revealed[];
}

export interface RoundOptions {
  readonly ring: Ring;
  readonly length: number;
  readonly seed: string;
  /** Default: any whose sum doesn't overflow. */
  readonly vectors?: readonly Int32Array[];
}

function testVectors(members: number, { ring, length, seed }: RoundOptions): Int32Array[] {
  const random = seededRandom(seed);
  const most = Math.floor(2 ** (ring - 1) / members);
  const row = () => Int32Array.from({ length }, () => random.integer(2 * most - 1) - most + 1);
  return Array.from({ length: members }, row);
}

/** So many bytes, other ones each time, the same for the same seed. */
export function testBytes(seed: string): (bytes: number) => Uint8Array {
  let draws = 0;
  return (bytes) => {
    draws += 1;
    return new Uint8Array(
      createHash('shake256', { outputLength: bytes }).update(`${seed} ${draws}`).digest(),
    );
  };
}

/** `gone`: by number. Ends early, with nothing revealed, where too few are left. */
export function runRound(
  gone: readonly GoneAt[],
  { ring, length, seed, vectors: given }: RoundOptions,
): TestRound {
  const members = testMembers(gone.length);
  const text = rosterText(members.map((member) => rowOf(member)));
  const open = openRoster(text);
  const vectors = given ?? testVectors(gone.length, { ring, length, seed });
  const stays = (member: number, at: GoneAt) => {
    const order: GoneAt[] = ['shares', 'contribution', 'signature', 'reveals', null];
    return order.indexOf(gone[member]!) > order.indexOf(at);
  };
  const attempts = members.map((member, at): Attempt => {
    const own = readVerified(text, standpointOf(member).expected);
    return beginAttempt(own, standpointOf(member), hex(member.maskingKey), testBytes(`${seed} ${at}`));
  });
  const everybody = members.map((_, at) => at);

  const sharers = reachedOf(
    open.graph,
    everybody.filter((member) => stays(member, 'shares')),
  );
  const told = { ...nothingTold(open), phase: 'masking' as const, sharers };
  const contributions = new Map<number, Uint8Array>();
  for (const member of sharers.filter((one) => stays(one, 'contribution'))) {
    const move = nextMove(attempts[member]!, told, standpointOf(members[member]!));
    if (move.kind !== 'contribute') continue;
    attempts[member] = move.attempt;
    const secrets = { ...members[member]!, selfMask: Buffer.from(move.attempt.selfMask, 'hex') };
    contributions.set(member, maskVector(move.own, secrets, sharers, { vector: vectors[member]!, ring }));
  }

  const senders = reachedOf(open.graph, [...contributions.keys()]);
  const signing = { ...told, phase: 'signing' as const, senders };
  const signatures = senders.flatMap((member) => {
    if (!stays(member, 'signature')) return [];
    const move = nextMove(attempts[member]!, signing, standpointOf(members[member]!));
    if (move.kind !== 'sign') return [];
    attempts[member] = move.attempt;
    return [{ by: member, signature: members[member]!.signer.sign(move.text) }];
  });

  const sealed = new Map(sharers.map((member) => [member, attempts[member]!.sealed]));
  const revealed = signatures.flatMap(({ by }): Revealed[] => {
    if (!stays(by, 'reveals')) return [];
    const revealing = { ...signing, phase: 'revealing' as const, signatures, sealed: sealedTo(sealed, by) };
    const move = nextMove(attempts[by]!, revealing, standpointOf(members[by]!));
    return move.kind === 'reveal' ? move.attempt.reveals!.map((reveal) => ({ ...reveal, by })) : [];
  });
  return { open, members, vectors, sharers, senders, contributions, sealed, signatures, revealed };
}

export function sealedTo(sealed: TestRound['sealed'], to: number): { from: number; sealed: string }[] {
  return [...sealed].flatMap(([from, texts]) =>
    texts.filter((one) => one.to === to).map((one) => ({ from, sealed: one.sealed })),
  );
}

export function standpointOf({ signer, sealingKey }: TestMember): Standpoint {
  const expected = { ...testGroup, round: 1, key: signer.publicKey, vouchedBy: null };
  return { expected, sealingKey, needed: 3, numbers: { name: 'her numbers', ...testGround } };
}

export function nothingTold({ hash, roster, text }: OpenRoster): MaskedRound {
  return {
    ...{ attempt: roster.attempt, phase: 'sharing', roster: hash, rosterText: text, secondsLeft: 60 },
    ...{ sharers: null, sealed: null, senders: null, signatures: null },
    done: { shared: false, sent: false, signed: false, revealed: false },
  };
}

/** As a coordinator takes the masks off, from element `from` on. */
export function sumOf(round: TestRound, ring: Ring, length: number): Int32Array {
  const words = new Int32Array(length);
  const sum = openRingSum(words, ring);
  for (const sender of round.senders) sum.add(round.contributions.get(sender)!, 1);
  takeOff(sum, 0, masksLeft(round.open, round, round.revealed));
  sum.close();
  return centre(words, ring);
}

export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

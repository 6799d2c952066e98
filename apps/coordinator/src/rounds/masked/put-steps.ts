// A member's steps in a masked round beside her contribution: shares of her secrets, her signature under the set of senders, what she
// reveals. Each is taken once, in its phase alone, and answered the same when it comes again, whatever the round did since.
import { createHash } from 'node:crypto';
import { sendersForm } from '@colora/protocol/masking/masking-forms';
import { ProblemError } from '@colora/protocol/problems';
import { canonicalJson } from '@colora/protocol/proofs/canonical-json';
import { isSignedBy } from '@colora/protocol/proofs/signatures';
import { audit } from '../../audit.ts';
import type { Context } from '../../context.ts';
import type { Prisma } from '../../generated/prisma/client.ts';
import type { Call, Result } from '../../http/call.ts';
import { keptGraph } from '../../masking/graphs.ts';
import { revealsOf, type WantedSecret } from '../../masking/masked-states.ts';
import type { Transaction } from '../../sql/transaction.ts';
import {
  findMaskedRound,
  holdAttempt,
  type LiveAttempt,
  notLive,
  type OwnRow,
  type OwnSteps,
  type SaidAttempt,
  type Whose,
} from './find-attempt.ts';

/** Of what is sealed to one neighbour. */
export const sealedBytes = 94;

export async function putShares(context: Context, call: Call<'putShares'>): Promise<Result<'putShares'>> {
  const { attempt, roster, shares } = call.body;
  const sorted = [...shares].sort((one, other) => one.to - other.to);
  const sharesHash = hashOf(sorted);
  return await takeStep(context, call, {
    said: { attempt, roster },
    kind: 'shares-received',
    phase: 'sharing',
    of: ({ sharesHash: there }) => (there === null ? null : there === sharesHash),
    async take(_, { member, members }) {
      const { neighbours } = keptGraph(members, roster);
      const to = sorted.map((share) => share.to);
      assertSame(
        to,
        neighbours[member.number]!,
        'shares are for each of your neighbours in the roster, once, and nobody else',
      );
      const sealed = Buffer.concat(sorted.map((share) => Buffer.from(share.sealed, 'base64')));
      return { sharesHash, sealed };
    },
  });
}

export async function putSendersSignature(
  context: Context,
  call: Call<'putSendersSignature'>,
): Promise<Result<'putSendersSignature'>> {
  const { attempt, roster, signature } = call.body;
  return await takeStep(context, call, {
    said: { attempt, roster },
    kind: 'senders-signed',
    phase: 'signing',
    of: ({ signature: there }) => (there === null ? null : there === signature),
    async take(tx, { member }) {
      if (!member.isSender)
        throw new ProblemError('not-assigned', 'your contribution is not among those that are summed up');
      const numbers = await numbersWhere(tx, member, { isSender: true });
      const text = sendersForm.write({ roster, senders: numbers });
      const key = await keyOf(tx, member);
      if (!isSignedBy(key, text, signature))
        throw new ProblemError(
          'wrong-signature',
          `it is not signed with ${key}, under the senders as they are here`,
        );
      return { signature };
    },
  });
}

export async function putReveals(context: Context, call: Call<'putReveals'>): Promise<Result<'putReveals'>> {
  const { attempt, roster, reveals } = call.body;
  const sorted = [...reveals].sort((one, other) => one.of - other.of);
  return await takeStep(context, call, {
    said: { attempt, roster },
    kind: 'reveals-received',
    phase: 'revealing',
    of: ({ reveals: there }) => (there === null ? null : canonicalJson(there) === canonicalJson(sorted)),
    async take(tx, { member, members }) {
      if (!member.isSigner)
        throw new ProblemError('not-assigned', 'you did not sign the set of senders in time');
      const sharers = new Set(await numbersWhere(tx, member, { isSharer: true }));
      const senders = new Set(await numbersWhere(tx, member, { isSender: true }));
      const wanted = revealsOf(keptGraph(members, roster), { sharers, senders }, member.number);
      assertReveals(sorted, wanted);
      return { reveals: sorted };
    },
  });
}

interface Step {
  readonly said: SaidAttempt;
  readonly kind: 'shares-received' | 'senders-signed' | 'reveals-received';
  readonly phase: LiveAttempt['phase'];
  /** Null: nothing of the kind is there; whether what is there is the same. */
  readonly of: (member: OwnSteps) => boolean | null;
  /** What it is to write of it. Throws ProblemError. */
  readonly take: (tx: Transaction, live: LiveAttempt) => Promise<Prisma.MaskedMemberUpdateManyMutationInput>;
}

async function takeStep(
  context: Context,
  { params, caller }: Pick<Call<'putShares'>, 'params' | 'caller'>,
  { said, kind, phase, of, take }: Step,
): Promise<{ repeated: boolean }> {
  const whose = await findMaskedRound(context, { params, caller });
  const known = await doneBefore(context, whose, said);
  const same = known === null ? null : of(known);
  if (same !== null) return repeated(same, kind);
  const before = await context.db.$transaction(async (tx) => {
    const live = await holdAttempt(tx, whose, said);
    const { roundId, attempt, number } = live.member;
    // her own row, so that of two calls at once one is first
    const [own] = await tx.$queryRaw<OwnSteps[]>`
      SELECT "sharesHash", "isSender", "signature", "isSigner", "reveals" FROM "MaskedMember"
      WHERE "roundId" = ${roundId} AND "attempt" = ${attempt} AND "number" = ${number} FOR NO KEY UPDATE`;
    const there = of(own!);
    if (there !== null) return there;
    if (live.phase !== phase)
      throw notLive(whose.group, whose.round, `is in its phase of ${live.phase}, not of ${phase}`);
    await tx.maskedMember.updateMany({ where: { roundId, attempt, number }, data: await take(tx, live) });
    const about = { groupId: whose.group.id, roundId, participantId: whose.participantId };
    await audit(tx, { kind, by: caller, ...about, detail: { attempt } });
    return null;
  });
  if (before !== null) return repeated(before, kind);
  context.nudgeSoon(whose.group.id);
  return { repeated: false };
}

/** Of whichever attempt it is that she speaks of. */
async function doneBefore(
  { db }: Pick<Context, 'db'>,
  { roundId, participantId }: Whose,
  { attempt, roster }: SaidAttempt,
): Promise<OwnSteps | null> {
  return await db.maskedMember.findFirst({
    where: { roundId, attempt, participantId, maskedRound: { rosterHash: roster } },
    omit: { sealed: true },
  });
}

function repeated(isSame: boolean, kind: Step['kind']): { repeated: true } {
  if (isSame) return { repeated: true };
  throw new ProblemError(
    'duplicate-contribution',
    `something else of yours is there already (${kind}): it is taken once`,
  );
}

async function numbersWhere(
  tx: Transaction,
  { roundId, attempt }: OwnRow,
  flags: { readonly isSharer: true } | { readonly isSender: true },
): Promise<number[]> {
  const rows = await tx.maskedMember.findMany({
    where: { roundId, attempt, ...flags },
    select: { number: true },
    orderBy: { number: 'asc' },
  });
  return rows.map(({ number }) => number);
}

/** Her signing key as the roster has it. */
async function keyOf(tx: Transaction, { roundId, attempt, participantId }: OwnRow): Promise<string> {
  const used = await tx.maskingKey.findFirstOrThrow({ where: { roundId, attempt, participantId } });
  return used.key;
}

function assertSame<Item>(given: readonly Item[], wanted: readonly Item[], message: string): void {
  if (given.length === wanted.length && given.every((item, at) => item === wanted[at])) return;
  throw new ProblemError('invalid-request', message);
}

/** Of a neighbour whose shares didn't open there is nothing to reveal. */
function assertReveals(
  given: readonly Pick<WantedSecret, 'of' | 'what'>[],
  wanted: readonly WantedSecret[],
): void {
  const may = new Map(wanted.map(({ of, what }) => [of, what]));
  for (const { of, what } of given) {
    if (may.get(of) !== what)
      throw new ProblemError(
        'invalid-request',
        `of member ${of} ${may.has(of) ? `a share of the ${may.get(of)} is revealed, once` : 'you have nothing to reveal'}: of each neighbour who shared one share, of the self mask where she sent a contribution, else of the masking key, and never of both`,
      );
    may.delete(of);
  }
}

function hashOf(shares: readonly { readonly to: number; readonly sealed: string }[]): string {
  return createHash('sha256').update(canonicalJson(shares)).digest('hex');
}

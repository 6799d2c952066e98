// How far a masked round is, told to one who is in it: what she needs for the step that is hers. Nothing of others but what every
// member has to see of them, and what they sealed to her.
import type { Context } from '../../context.ts';
import type { Call, Result } from '../../http/call.ts';
import { keptGraph } from '../../masking/graphs.ts';
import type { Transaction } from '../../sql/transaction.ts';
import { findMaskedRound, holdAttempt, type LiveAttempt } from './find-attempt.ts';
import { sealedBytes } from './put-steps.ts';

export async function showMasking(
  context: Context,
  { params, query, caller }: Call<'showMasking'>,
): Promise<Result<'showMasking'>> {
  const whose = await findMaskedRound(context, { params, caller });
  return await context.db.$transaction(async (tx) => {
    const live = await holdAttempt(tx, whose, null);
    const { attempt, phase, rosterHash, members, secondsLeft, hasSent, member } = live;
    const neighbours = keptGraph(members, rosterHash).neighbours[member.number]!;
    const isFixed = phase !== 'sharing';
    const isSent = phase === 'signing' || phase === 'revealing';
    const who = isFixed ? await readWho(tx, live) : null;
    return {
      attempt,
      phase,
      roster: rosterHash,
      rosterText: query.roster === rosterHash ? null : await readRoster(tx, live),
      secondsLeft: Math.max(0, secondsLeft),
      sharers: who?.sharers ?? null,
      sealed: isFixed ? await readSealed(tx, live, neighbours) : null,
      senders: isSent ? (who?.senders ?? null) : null,
      signatures: phase === 'revealing' ? await readSignatures(tx, live, neighbours) : null,
      done: {
        shared: member.sharesHash !== null,
        sent: hasSent,
        signed: member.signature !== null,
        revealed: member.reveals !== null,
      },
    };
  });
}

async function readRoster(tx: Transaction, { attempt, member: { roundId } }: LiveAttempt): Promise<string> {
  const where = { roundId_attempt: { roundId, attempt } };
  return (await tx.maskedRound.findUniqueOrThrow({ where, select: { roster: true } })).roster;
}

/** Every member is told of all: one row, however many they are. */
async function readWho(
  tx: Transaction,
  { attempt, member: { roundId } }: LiveAttempt,
): Promise<{ readonly sharers: number[]; readonly senders: number[] }> {
  const [who] = await tx.$queryRaw<{ sharers: number[]; senders: number[] }[]>`
    SELECT coalesce(array_agg(p."number" ORDER BY p."number") FILTER (WHERE p."isSharer"), '{}') AS "sharers",
      coalesce(array_agg(p."number" ORDER BY p."number") FILTER (WHERE p."isSender"), '{}') AS "senders"
    FROM "MaskedMember" p WHERE p."roundId" = ${roundId} AND p."attempt" = ${attempt}`;
  return who!;
}

async function readSignatures(
  tx: Transaction,
  { attempt, member: { roundId } }: LiveAttempt,
  neighbours: readonly number[],
): Promise<{ by: number; signature: string }[]> {
  return await tx.$queryRaw`
    SELECT p."number" AS "by", p."signature" FROM "MaskedMember" p
    WHERE p."roundId" = ${roundId} AND p."attempt" = ${attempt} AND p."number" = ANY(${[...neighbours]}::int[])
      AND p."isSigner" AND p."signature" IS NOT NULL ORDER BY p."number"`;
}

/** What each of her neighbours who shared sealed to her (Postgres breaks base64 into lines): of each one's row that part alone, by her place among that one's neighbours. */
async function readSealed(
  tx: Transaction,
  { attempt, members, rosterHash, member: { roundId, number } }: LiveAttempt,
  neighbours: readonly number[],
): Promise<{ from: number; sealed: string }[]> {
  const graph = keptGraph(members, rosterHash);
  const begins = neighbours.map((from) => 1 + sealedBytes * graph.neighbours[from]!.indexOf(number));
  return await tx.$queryRaw`
    SELECT p."number" AS "from", translate(encode(substring(p."sealed" FROM x."begin" FOR ${sealedBytes}::int), 'base64'), E'\\n', '') AS "sealed"
    FROM unnest(${[...neighbours]}::int[], ${begins}::int[]) AS x("number", "begin")
    JOIN "MaskedMember" p ON p."roundId" = ${roundId} AND p."attempt" = ${attempt} AND p."number" = x."number"
    WHERE p."isSharer" AND p."sealed" IS NOT NULL ORDER BY p."number"`;
}

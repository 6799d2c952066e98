// A database that was put back to an earlier day, told by members: they hold receipts that this coordinator signed, of rounds that it
// doesn't have. Those rounds were spent of a privacy budget, and masked rounds of their numbers were taken part in: each is counted, once,
// and its number isn't used again. Nobody can make such a receipt but the coordinator itself, so one member's is enough.
import { ProblemError } from '@colora/protocol/problems';
import { receiptFault } from '@colora/protocol/proofs/receipt';
import { contributionForm } from '@colora/protocol/proofs/statement';
import { findGroupFor } from '../../access/find-group.ts';
import { settingsOf } from '../../access/stored-settings.ts';
import { audit } from '../../audit.ts';
import type { Context } from '../../context.ts';
import type { TaskGroupModel } from '../../generated/prisma/models.ts';
import type { Call, Result } from '../../http/call.ts';
import { spendLost } from '../../privacy/ledger.ts';
import { participantOf } from '../../refusals.ts';
import type { Transaction } from '../../sql/transaction.ts';
import { dropSealed } from '../masked/end-attempt.ts';
import { moveRound } from '../move-round.ts';
import { refuseContributions } from '../refuse-contributions.ts';

type Given = Call<'putReceipts'>['body']['receipts'];

export async function putReceipts(
  context: Context,
  { params, body, caller }: Call<'putReceipts'>,
): Promise<Result<'putReceipts'>> {
  const participantId = participantOf(caller);
  const group = await findGroupFor(context, params.group, caller);
  const { signingKey } = await context.db.participant.findUniqueOrThrow({ where: { id: participantId } });
  const { publicKey } = await context.receiptSigner();
  for (const one of body.receipts) assertOwn(one, group, signingKey, publicKey);
  const groupId = group.id;
  const lost = await context.db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "TaskGroup" WHERE "id" = ${groupId} FOR NO KEY UPDATE`; // one at a time
    const numbers = await lostNumbers(tx, groupId, body.receipts);
    const data = numbers.map((number) => ({ groupId, number }));
    const { count } = await tx.lostRound.createMany({ data, skipDuplicates: true });
    if (count === 0) return null;
    await spendLost(tx, groupId, settingsOf(group), count);
    const upTo = Math.max(...numbers);
    await failLive(tx, groupId, upTo);
    await audit(tx, {
      kind: 'rounds-lost',
      by: caller,
      groupId,
      participantId,
      detail: { rounds: count, upTo },
    });
    return { rounds: count, upTo };
  });
  if (lost === null) return { lost: 0 };
  context.log.warn(
    { taskGroupId: groupId, ...lost },
    'members hold receipts of rounds that the database does not have: it was put back to an earlier day, and they are counted',
  );
  context.nudge(groupId);
  return { lost: lost.rounds };
}

/** Throws wrong-signature. */
function assertOwn(
  { statement, receipt }: Given[number],
  group: Pick<TaskGroupModel, 'name' | 'createdAt'>,
  signingKey: string | null,
  key: string,
): void {
  const fault = receiptFault(receipt, { statement, key });
  if (fault !== null)
    throw new ProblemError('wrong-signature', `the receipt of round ${receipt.round} doesn't hold: ${fault}`);
  const said = contributionForm.read(statement);
  const isOurs = said?.group === group.name && said.groupCreatedAt === group.createdAt.toISOString();
  if (isOurs && signingKey !== null && said.key === signingKey) return;
  throw new ProblemError(
    'wrong-signature',
    `the receipt of round ${receipt.round} is not for a contribution of yours to ${group.name} as it is here`,
  );
}

/**
 * Of which rounds receipts say that they were: those that lack what the receipt is for, and all between the last one that is here and the
 * latest of them. Whether each of these came to a checkpoint nobody knows any more. Who is calling doesn't matter: a person may be here
 * under two names with one signing key, and be forgotten under the first, whose statements are gone then.
 */
async function lostNumbers(tx: Transaction, groupId: string, given: Given): Promise<number[]> {
  const texts = { in: given.map(({ statement }) => statement) };
  const round = { groupId, number: { in: given.map(({ receipt }) => receipt.round) } };
  const [counted, left, forgotten, last] = await Promise.all([
    tx.contribution.findMany({
      where: { statement: texts, OR: [{ round }, { madeFor: round }] }, // one that came late counts in another
      select: { statement: true },
    }),
    tx.maskedMember.findMany({
      where: { leftStatement: texts, maskedRound: { round } },
      select: { leftStatement: true },
    }),
    roundsOfForgotten(tx, groupId, round.number.in),
    tx.round.aggregate({ where: { groupId }, _max: { number: true } }),
  ]);
  const known = new Set([
    ...counted.map(({ statement }) => statement),
    ...left.map(({ leftStatement }) => leftStatement),
  ]);
  const lacking = given.flatMap(({ statement, receipt }) =>
    known.has(statement) || forgotten.has(receipt.round) ? [] : [receipt.round],
  );
  const from = last._max.number ?? 0;
  const after = Array.from({ length: Math.max(0, Math.max(0, ...lacking) - from) }, (_, at) => from + 1 + at);
  return [...new Set([...lacking, ...after])];
}

/** Of these rounds, those that somebody contributed to who is forgotten: the receipt may be hers. */
async function roundsOfForgotten(
  tx: Transaction,
  groupId: string,
  numbers: readonly number[],
): Promise<ReadonlySet<number>> {
  const rows = await tx.$queryRaw<{ number: number }[]>`
    SELECT r."number" FROM "Round" r WHERE r."groupId" = ${groupId} AND r."number" = ANY(${[...numbers]}::int[]) AND (
      EXISTS (SELECT 1 FROM "Contribution" k JOIN "Participant" p ON p."id" = k."participantId"
        WHERE (k."roundId" = r."id" OR k."madeForId" = r."id") AND p."forgottenAt" IS NOT NULL)
      OR EXISTS (SELECT 1 FROM "MaskedMember" m JOIN "Participant" p ON p."id" = m."participantId"
        WHERE m."roundId" = r."id" AND m."leftSha256" IS NOT NULL AND p."forgottenAt" IS NOT NULL))`;
  return new Set(rows.map(({ number }) => number));
}

/** A round that is collecting was opened without knowing of them: under a number that was used, or beyond the budget. */
async function failLive(tx: Transaction, groupId: string, upTo: number): Promise<void> {
  const live = await tx.round.findFirst({ where: { groupId, state: 'collecting' } });
  if (live === null) return;
  const reason = `the database was put back to an earlier day: rounds up to ${upTo} were lost`;
  if (!(await moveRound(tx, live.id, { from: 'collecting', to: 'failed', set: { reason } }))) return;
  await refuseContributions(tx, { groupId, roundId: live.id }, 'round-failed', `its round failed: ${reason}`);
  await dropSealed(tx, live.id);
  await audit(tx, { kind: 'round-failed', groupId, roundId: live.id, detail: { reason } });
}

// What rounds with a privacy budget spent, of the group and of each member: written in the round's own commit, read before another
// one opens. What it comes to is packages/privacy's spending.ts. Nothing takes anything back: what a rollback undoes was seen.
import { epsilonSpent, type Spending } from '@colora/privacy/accounting/spending';
import { isAccounted, samplingRateOf } from '@colora/protocol/privacy/budget-settings';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Transaction } from '../sql/transaction.ts';

type Reading = Pick<
  PrismaClient,
  'privacySpend' | 'memberPrivacySpend' | 'contribution' | 'round' | 'lostRound'
>;

/** Of a budget, what is spent and what one more round would come to. */
export interface BudgetState {
  readonly epsilon: number;
  readonly delta: number;
  readonly spent: number;
  /** One more round passes the budget. */
  readonly isSpent: boolean;
  /** Rounds among them that the database lost, and members hold receipts of. */
  readonly lost: number;
}

/** The noise of a round by these settings; null where nothing is accounted for. */
export function noiseOf(settings: TaskSettings): Omit<Spending, 'rounds'> | null {
  const { noiseMultiplier } = settings.privacy;
  if (!isAccounted(settings) || noiseMultiplier === undefined) return null;
  return { noiseMultiplier, rate: samplingRateOf(settings) };
}

/**
 * Counts a round that is being committed, once: the caller's transaction moves the round to committed. Each member is charged for
 * the rounds in which hers counted; where coin flips decide, and nobody may know for whom, everybody who was there for all.
 */
export async function spendRound(
  tx: Transaction,
  { groupId, id: roundId }: { readonly groupId: string; readonly id: string },
  settings: TaskSettings,
): Promise<void> {
  const noise = noiseOf(settings);
  if (noise === null) return;
  const { noiseMultiplier, rate } = noise;
  await charge(tx, groupId, noise, 1);
  await tx.$executeRaw`
    INSERT INTO "MemberPrivacySpend" AS s ("groupId", "participantId", "noiseMultiplier", "rate", "rounds")
    SELECT m."groupId", m."participantId", ${noiseMultiplier}::float8, ${rate}::float8, 1 FROM "Membership" m
    WHERE m."groupId" = ${groupId} AND CASE WHEN ${rate}::float8 < 1 THEN m."endedAt" IS NULL ELSE FALSE END
      OR m."groupId" = ${groupId} AND EXISTS (
        SELECT 1 FROM "Contribution" k WHERE k."roundId" = ${roundId} AND k."participantId" = m."participantId")
    ON CONFLICT ("groupId", "participantId", "noiseMultiplier", "rate") DO UPDATE SET "rounds" = s."rounds" + 1`;
}

async function charge(
  tx: Transaction,
  groupId: string,
  { noiseMultiplier, rate }: Omit<Spending, 'rounds'>,
  rounds: number,
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "PrivacySpend" AS s ("groupId", "noiseMultiplier", "rate", "rounds")
    VALUES (${groupId}, ${noiseMultiplier}::float8, ${rate}::float8, ${rounds}::int)
    ON CONFLICT ("groupId", "noiseMultiplier", "rate") DO UPDATE SET "rounds" = s."rounds" + ${rounds}::int`;
}

/**
 * Counts rounds that the database lost, with the noise of now. Who was in which isn't known any more: each member is charged for all of
 * them, and so is the group.
 */
export async function spendLost(
  tx: Transaction,
  groupId: string,
  settings: TaskSettings,
  rounds: number,
): Promise<void> {
  const noise = noiseOf(settings);
  if (noise === null) return;
  const { noiseMultiplier, rate } = noise;
  await charge(tx, groupId, noise, rounds);
  await tx.$executeRaw`
    INSERT INTO "MemberPrivacySpend" AS s ("groupId", "participantId", "noiseMultiplier", "rate", "rounds")
    SELECT m."groupId", m."participantId", ${noiseMultiplier}::float8, ${rate}::float8, ${rounds}::int FROM "Membership" m
    WHERE m."groupId" = ${groupId} AND m."endedAt" IS NULL
    ON CONFLICT ("groupId", "participantId", "noiseMultiplier", "rate") DO UPDATE SET "rounds" = s."rounds" + ${rounds}::int`;
}

/**
 * Of the group. Its rounds are known from what was committed, or lost, too: where the ledger has fewer of them (its rows were lost, or put
 * back from another day than the rest), those it lacks count with the noise of now.
 */
async function groupSpending(
  db: Reading,
  groupId: string,
  noise: Omit<Spending, 'rounds'>,
): Promise<{ readonly spendings: Spending[]; readonly lost: number }> {
  const [ledger, committed, lost] = await Promise.all([
    db.privacySpend.findMany({
      where: { groupId },
      select: { noiseMultiplier: true, rate: true, rounds: true },
    }),
    db.round.count({ where: { groupId, state: 'committed' } }),
    db.lostRound.count({ where: { groupId } }),
  ]);
  return { spendings: whole(ledger, noise, committed + lost), lost };
}

/** Of one member, by the coordinator's count: where the ledger has fewer rounds of hers than she has contributions, as of the group. */
export async function memberSpending(
  db: Reading,
  { groupId, participantId }: { readonly groupId: string; readonly participantId: string },
  settings: TaskSettings,
): Promise<Spending[]> {
  const noise = noiseOf(settings);
  const [ledger, counted] = await Promise.all([
    db.memberPrivacySpend.findMany({
      where: { groupId, participantId },
      orderBy: [{ noiseMultiplier: 'asc' }, { rate: 'asc' }],
      select: { noiseMultiplier: true, rate: true, rounds: true },
    }),
    db.contribution.count({ where: { participantId, round: { groupId, state: 'committed' } } }),
  ]);
  return noise === null ? ledger : whole(ledger, noise, counted);
}

/** With the rounds that the ledger lacks. */
function whole(ledger: Spending[], noise: Omit<Spending, 'rounds'>, rounds: number): Spending[] {
  const lacking = rounds - ledger.reduce((sum, spent) => sum + spent.rounds, 0);
  return lacking > 0 ? [...ledger, { ...noise, rounds: lacking }] : ledger;
}

/** Null where the group has no budget. */
export async function readBudget(
  db: Reading,
  groupId: string,
  settings: TaskSettings,
): Promise<BudgetState | null> {
  const noise = noiseOf(settings);
  const { epsilon, delta } = settings.privacy;
  if (noise === null || epsilon === undefined || delta === undefined) return null;
  const { spendings, lost } = await groupSpending(db, groupId, noise);
  const next = epsilonSpent([...spendings, { ...noise, rounds: 1 }], delta);
  return { epsilon, delta, spent: epsilonSpent(spendings, delta), isSpent: next > epsilon, lost };
}

/** Why a group ends there, in words. */
export function spentReason({ epsilon, delta, spent, lost }: BudgetState): string {
  const among = lost === 0 ? '' : `, with rounds that the database lost when it was put back: ${lost}`;
  return `its privacy budget is spent: another round would pass epsilon ${epsilon} at delta ${delta} (${spent.toPrecision(4)} so far${among})`;
}

// Opens a round for those drawn from the members available; tries one without its quorum again with members drawn
// anew; gives up on it by pausing its group. Aggregating is in closing/.
import { isMasked } from '@colora/protocol/task-settings';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { RoundModel } from '../generated/prisma/models.ts';
import { MembersChanged, planRegrouping, regroupMembers } from '../grouping/regroup-members.ts';
import { heldByEnough } from '../held-by-enough.ts';
import { makeRoster, TooFewKeys } from '../masking/make-roster.ts';
import { normLimitFor } from '../norm-limits.ts';
import { readBudget } from '../privacy/ledger.ts';
import { isUniqueViolation } from '../sql/database-errors.ts';
import type { Transaction } from '../sql/transaction.ts';
import { deadlineFrom } from '../step-times.ts';
import { countMissed } from './cohort/count-missed.ts';
import { type DrawnCohort, drawCohort } from './cohort/draw-cohort.ts';
import { nextNumber } from './lost/next-number.ts';
import { masksLeft } from './masked/advance-masked.ts';
import { giveUpAttempt } from './masked/end-attempt.ts';
import { pauseFor } from './pause-group.ts';
import type { KnownSituation } from './read-situation.ts';

/** False when somebody else opened one meanwhile: a group has one live round, by a unique index. */
export async function openRound(context: Context, situation: KnownSituation): Promise<boolean> {
  const { groupId, checkpointVersion, settings } = situation;
  if (checkpointVersion === null) return false;
  try {
    const regrouping = await planRegrouping(context, groupId, settings);
    const deadlineAt = await deadlineFrom(context, situation.now, situation);
    const opened = await context.db.$transaction(async (tx) => {
      if (!(await isStillAt(tx, situation))) return null;
      // receipts of lost rounds may have been counted since the situation was read
      if ((await readBudget(tx, groupId, settings))?.isSpent) return null;
      const number = await nextNumber(tx, groupId);
      const at = { groupId, round: number, version: checkpointVersion };
      if (regrouping !== null) await regroupMembers(tx, at, regrouping);
      const version = checkpointVersion;
      const normLimit = await normLimitFor(tx, { groupId, version }, settings);
      const held = await heldByEnough(tx, groupId, settings);
      const retries = isMasked(settings) ? await failuresBefore(tx, groupId, number) : 0;
      const openedAt = situation.now;
      const data = { groupId, number, version, openedAt, deadlineAt, normLimit, retries, ...held };
      const round = await tx.round.create({ data });
      const draw = { groupId, roundId: round.id, number, attempt: 1, contributed: 0 };
      const cohort = await drawAttempt(tx, situation, { ...draw, version });
      const best = situation.verdict?.best;
      if (best != null)
        await tx.taskGroup.updateMany({ where: { id: groupId }, data: { bestVersion: best.version } });
      await audit(tx, { kind: 'round-opened', groupId, roundId: round.id, detail: figuresOf(cohort, 1) });
      return { round, cohort };
    });
    if (opened !== null) announce(context, situation, opened, 'round opened');
    return true; // looked at anew where a rollback, other settings or lost rounds came between
  } catch (error) {
    if (isUniqueViolation(error)) return false;
    if (error instanceof MembersChanged) return true; // looked at anew
    if (error instanceof TooFewKeys) return false; // members share a signing key: others are waited for
    throw error;
  }
}

/** How many masked rounds failed in a row just before, for want of what takes their masks off: none of them is tried again itself. */
async function failuresBefore(tx: Transaction, groupId: string, number: number): Promise<number> {
  const last = await tx.round.findUnique({ where: { groupId_number: { groupId, number: number - 1 } } });
  return last?.state === 'failed' && last.reason === masksLeft ? last.retries + 1 : 0;
}

/** Who is asked in an attempt: of a masked round, those who have keys for it. */
async function drawAttempt(
  tx: Transaction,
  situation: KnownSituation,
  draw: Parameters<typeof drawCohort>[1] & { readonly version: number },
): Promise<DrawnCohort> {
  const { settings, now } = situation;
  const cohort = await drawCohort(tx, draw, rulesOf(situation), now);
  if (isMasked(settings)) {
    const participantIds = await makeRoster(tx, draw, settings, cohort.participantIds, now);
    const { groupId, roundId: id } = draw;
    // of what fewer of them hold, the sum would tell it
    await tx.round.update({ where: { id }, data: await heldByEnough(tx, groupId, settings, participantIds) });
    return { ...cohort, participantIds, wanted: participantIds.length };
  }
  const { wanted, available } = cohort;
  const drawnFrom = settings.rounds.sampling === 'poisson' ? available : null;
  await tx.round.updateMany({ where: { id: draw.roundId }, data: { wanted, drawnFrom } });
  return cohort;
}

/** As many are asked as a tensor needs to move. */
function rulesOf({ settings, rules }: KnownSituation) {
  return { seed: settings.seed, rounds: rules };
}

/** Holds the group's row: whoever rolls it back, or changes its settings, waits for the round. */
async function isStillAt(
  tx: Transaction,
  { groupId, checkpointVersion, settingsVersion }: KnownSituation,
): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM "TaskGroup" WHERE "id" = ${groupId} AND "checkpointVersion" = ${checkpointVersion}
      AND "settingsVersion" = ${settingsVersion} FOR NO KEY UPDATE`;
  return rows.length === 1;
}

/** Too few by the deadline: members are drawn anew and have as long again; what was acknowledged stays counted. */
export async function retryRound(context: Context, situation: KnownSituation): Promise<boolean> {
  const { groupId, roundId, settings } = situation;
  if (roundId === null) return false;
  const deadlineAt = await deadlineFrom(context, situation.now, situation);
  const retry = async (tx: Transaction) => {
    const held = await heldByEnough(tx, groupId, settings);
    const [round] = await tx.round.updateManyAndReturn({
      where: lateOne(situation, roundId),
      data: { deadlineAt, retries: { increment: 1 }, attempt: { increment: 1 }, ...held },
    });
    if (round === undefined) return null;
    const { number, attempt, version, contributed } = round;
    await countMissed(tx, { ...round, attempt: attempt - 1 }, situation.now);
    if (isMasked(settings)) await giveUpAttempt(tx, { roundId, attempt: attempt - 1 });
    const draw = { groupId, roundId, number, attempt, contributed };
    const cohort = await drawAttempt(tx, situation, { ...draw, version });
    const detail = {
      ...figuresOf(cohort, attempt),
      contributions: contributed,
      quorum: situation.rules.quorum,
    };
    await audit(tx, { kind: 'round-retried', groupId, roundId, detail });
    return { round, cohort };
  };
  const tried = await context.db.$transaction(retry).catch((error: unknown) => {
    if (error instanceof TooFewKeys) return null;
    throw error;
  });
  if (tried === null) return false;
  context.meters.round('retried');
  announce(context, situation, tried, 'too few contributions: round tried again');
  return true;
}

/** All tries are used up: the group rests, with the reason shown, and keeps what was acknowledged. */
export async function giveUpQuorum(context: Context, situation: KnownSituation): Promise<boolean> {
  const { roundId, roundNumber, round, rules } = situation;
  if (roundId === null || round === null) return false;
  const tries = `${rules.retries + 1} ${rules.retries === 0 ? 'try' : 'tries'}`;
  const got =
    round.masked === null ? `${round.contributions} of` : `in its phase of ${round.masked.phase} fewer than`;
  const reason = `round ${roundNumber} got ${got} the ${rules.quorum} contributions it needs in ${tries}`;
  const paused = await pauseFor(context, situation, reason, async (tx) => {
    // Compared in the transaction that pauses: a round that somebody closed or prolonged meanwhile is let be.
    const { count } = await tx.round.updateMany({ where: lateOne(situation, roundId), data: { reason } });
    return count === 1;
  });
  if (paused) context.meters.round('paused');
  return paused;
}

/** The round as it was seen: late, and short of its quorum; of a masked one, in the phase that came to nothing. */
function lateOne({ round, rules, attempt }: KnownSituation, id: string) {
  if (round === null) throw new Error('there is no live round');
  const { deadlineAt, masked } = round;
  const live = { id, state: 'collecting' as const, deadlineAt };
  if (masked !== null) return { ...live, attempt, phase: masked.phase };
  return { ...live, contributed: { lt: rules.quorum } };
}

function announce(
  context: Context,
  { groupId, groupName, settings }: KnownSituation,
  { round, cohort }: { round: Pick<RoundModel, 'id' | 'number' | 'version'>; cohort: DrawnCohort },
  what: string,
): void {
  const log = context.log.child({ taskGroupId: groupId, roundId: round.id });
  log.info({ group: groupName, round: round.number, cohort: cohort.participantIds.length }, what);
  const event = { group: groupName, round: round.number, version: round.version };
  // Those outside a cohort have nothing to come for: in a large group only those asked are woken.
  if (settings.rounds.cohort === undefined) context.hints.tell(groupId, 'round:opened', event);
  else context.hints.tellParticipants(cohort.participantIds, 'round:opened', event);
}

function figuresOf({ participantIds, wanted, available }: DrawnCohort, attempt: number) {
  return { attempt, available, cohort: participantIds.length, wanted };
}
